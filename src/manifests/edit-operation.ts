import { isMap } from 'yaml';
import type { Operation } from '../core/injection/operation.ts';
import { type Place, type Source, findPlace } from './edit-place.ts';
import { addValue, replaceValue } from './edit-value.ts';
import { replaceByFlow } from './flow-edits.ts';
import { parsePointer } from './json-pointer.ts';
import type { Splice } from './source-lines.ts';
import { findEntry } from './yaml-nodes.ts';

/**
 * Finds the change of the text that does an operation, which is known to apply. Inside an alias there is none: what its
 * anchor holds may well get the same operation. Nothing is found where the text has no place for it.
 */
export function spliceOperation(
  source: Source,
  { op, path, value }: Operation,
): Splice | 'aliased' | undefined {
  const keys = parsePointer(path);
  const key = keys.pop();
  const place = findPlace(source, keys);
  if (key === undefined || place === undefined) return undefined;
  if (place === 'aliased') return place;
  const { holder } = place;
  if (op === 'replace' || (isMap(holder) && findEntry(holder, key))) {
    return replaceValue(place, key, value);
  }
  if (holder.items.length > 0) return addValue(place, key, value);
  // Empty brackets are replaced as a whole, so that they open to the style around them.
  const filled = isMap(holder) ? { [key]: value } : [value];
  return fill(source, place, keys, filled);
}

function fill(source: Source, place: Place, keys: readonly string[], value: unknown) {
  const key = keys.at(-1);
  if (key === undefined) return replaceByFlow(place, place.holder, value);
  const outer = findPlace(source, keys.slice(0, -1));
  return outer === undefined || outer === 'aliased' ? outer : replaceValue(outer, key, value);
}
