import { type Json, isObject } from '../core/json.ts';
import { type ParsedNode, isMap } from 'yaml';
import { isSameJson } from './apply-operations.ts';
import {
  addBlockEntry,
  addBlockItem,
  replaceBlockEntry,
  replaceBlockItem,
  replaceBlockValue,
} from './block-edits.ts';
import { isFilled } from './block-rendering.ts';
import { type Place, enter } from './edit-place.ts';
import {
  addFlowEntry,
  addFlowItem,
  replaceByFlow,
  replaceFlowEntry,
  replaceFlowValue,
} from './flow-edits.ts';
import type { Splice } from './source-lines.ts';
import { childOf, findEntry, isFlow } from './yaml-nodes.ts';

/** Adds a value to a map or list, which has others already. */
export function addValue(place: Place, key: string, value: unknown): Splice | undefined {
  const { holder } = place;
  if (isMap(holder)) {
    const add = isFlow(holder) ? addFlowEntry : addBlockEntry;
    return add(place, holder, key, value);
  }
  const index = key === '-' ? holder.items.length : Number(key);
  const add = isFlow(holder) ? addFlowItem : addBlockItem;
  return add(place, holder, index, value);
}

/** Replaces what stands in a map or list, in its style: what is in brackets stays so, unless they were empty. */
export function replaceValue(place: Place, key: string, value: unknown): Splice | undefined {
  const { holder } = place;
  const old = childOf(holder, key);
  if (old === undefined) return undefined;
  const narrow = replaceDifference(place, old, value);
  if (narrow) return narrow;
  if (isFlow(old) && old.items.length > 0 && isFilled(value)) {
    return replaceByFlow(enter(place, old), old, value);
  }
  if (isMap(holder)) {
    const entry = findEntry(holder, key);
    if (!entry) return undefined;
    return isFlow(holder)
      ? replaceFlowValue(place, entry, value)
      : replaceBlockValue(place, holder, entry, value);
  }
  if (!isFlow(holder)) return replaceBlockItem(place, holder, Number(key), value);
  return old === null ? undefined : replaceByFlow(place, old, value);
}

// Where one entry of a map differs, such as `value` that becomes `valueFrom`, the others keep their text and comments.
function replaceDifference(
  place: Place,
  old: ParsedNode | null,
  value: unknown,
): Splice | undefined {
  if (!isMap(old) || !isObject(value)) return undefined;
  const before: unknown = old.toJS(place.yaml, { maxAliasCount: -1 });
  if (!isObject(before)) return undefined;
  const gone = differingKeys(before, value);
  const come = differingKeys(value, before);
  const [goneKey] = gone;
  const [key] = come;
  if (goneKey === undefined || key === undefined || gone.length + come.length > 2) return undefined;
  const inside = enter(place, old);
  if (key === goneKey) return replaceValue(inside, key, value[key]);
  const entry = findEntry(old, goneKey);
  if (!entry) return undefined;
  return isFlow(old)
    ? replaceFlowEntry(inside, entry, key, value[key])
    : replaceBlockEntry(inside, old, entry, key, value[key]);
}

function differingKeys(object: Json, other: Json): string[] {
  return Object.keys(object).filter(
    (key) => !Object.hasOwn(other, key) || !isSameJson(object[key], other[key]),
  );
}
