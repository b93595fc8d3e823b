import type { Operation } from '../core/injection/operation.ts';
import { applyOperations, isSameJson } from './apply-operations.ts';
import { type ManifestDocument, readDocument } from './documents.ts';
import { spliceOperation } from './edit-operation.ts';
import type { Source } from './edit-place.ts';
import { parentPointer, pointersTo } from './json-pointer.ts';
import { rewriteDocument } from './rewrite-document.ts';
import { type Splice, applySplices } from './source-lines.ts';

/**
 * Does operations in the text of a document and returns the whole text: comments, quotes, order and indentation stay, other
 * documents stay to the byte. Throws where an operation does not apply. Offsets move: of several documents, edit the last first.
 */
export function editText(
  text: string,
  document: ManifestDocument,
  operations: readonly Operation[],
): string {
  if (operations.length === 0) return text;
  const { start, end, object, yaml } = document;
  const expected = applyOperations(object, operations);
  const chunk = text.slice(start, end);
  const source = { text: chunk, yaml, isJson: isJson(chunk) };
  // Whatever a splice got wrong, from an anchor to a line break that counts, shows in what the text then says.
  const spliced = spliceOperations(source, operations);
  const read = spliced === undefined ? undefined : readDocument(spliced);
  const isRight = read !== undefined && !read.fault && isSameJson(read.object, expected);
  const edited =
    spliced !== undefined && isRight ? spliced : rewriteDocument(source, operations, expected);
  return text.slice(0, start) + edited + text.slice(end);
}

function spliceOperations(source: Source, operations: readonly Operation[]): string | undefined {
  let { text, yaml } = source;
  let waiting = operations;
  while (waiting.length > 0) {
    const { now, later } = takeIndependent(waiting);
    const splices: Splice[] = [];
    for (const operation of now) {
      const splice = spliceOperation({ ...source, text, yaml }, operation);
      if (splice === undefined) return undefined;
      if (splice !== 'aliased') splices.push(splice);
    }
    text = applySplices(text, splices);
    waiting = later;
    if (later.length === 0) break;
    const read = readDocument(text);
    if (read.fault) return undefined;
    ({ yaml } = read);
  }
  return text;
}

// Operations that cannot see each other share one parse: a long List would otherwise be read again for each.
function takeIndependent(operations: readonly Operation[]) {
  const now: Operation[] = [];
  const later: Operation[] = [];
  const changed = new Set<string>();
  const passed = new Set<string>();
  for (const operation of operations) {
    const holder = parentPointer(operation.path);
    const way = pointersTo(operation.path);
    const isFree = !passed.has(holder) && !way.some((pointer) => changed.has(pointer));
    (isFree ? now : later).push(operation);
    changed.add(holder);
    for (const pointer of way) passed.add(pointer);
  }
  return { now, later };
}

function isJson(text: string): boolean {
  if (!/^\uFEFF?\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}
