import { isObject } from '../../core/json.ts';
import type { StringMap } from '../../core/policy/label-selector.ts';
import { splitDocuments } from './document-chunks.ts';
import { readDocument } from './documents.ts';
import { listedObjects } from './listed-objects.ts';

/** The labels of the Namespaces in a text, by their names; what cannot be read is passed over. */
export function* namespaceLabels(text: string): Generator<[string, StringMap]> {
  for (const { start, end } of splitDocuments(text)) {
    const document = text.slice(start, end);
    // Most documents hold none, and reading is what takes time.
    if (!document.includes('Namespace')) continue;
    const read = readDocument(document);
    if (read.fault) continue;
    for (const { object } of listedObjects(read.object)) {
      if (!isObject(object) || object.apiVersion !== 'v1' || object.kind !== 'Namespace') continue;
      const { name, labels } = isObject(object.metadata) ? object.metadata : {};
      if (typeof name === 'string') yield [name, isObject(labels) ? labels : {}];
    }
  }
}
