import { isObject, type Json } from '../../src/core/json.ts';

/** The lists that the API merges by a key of their objects, of the kinds that we apply. */
export const listKeys: Readonly<Record<string, string>> = {
  webhooks: 'name',
  matchConditions: 'name',
  variables: 'name',
  conditions: 'type',
  ownerReferences: 'uid',
};

/** Objects that the API takes as one value. */
export const takenWhole: readonly string[] = ['namespaceSelector', 'objectSelector'];

/** An object with the fields of `next` set as server-side apply sets them; all others stay as they are. */
export function mergeApplied(live: Json, next: Json): Json {
  const merged: Record<string, unknown> = { ...live };
  for (const [key, value] of Object.entries(next))
    merged[key] = mergeValue(merged[key], value, key);
  return merged;
}

function mergeValue(live: unknown, next: unknown, field: string): unknown {
  if (isObject(next) && !takenWhole.includes(field))
    return mergeApplied(isObject(live) ? live : {}, next);
  const key = listKeys[field];
  if (key === undefined || !Array.isArray(next)) return next;
  const wanted = keyed(next, key);
  const present = keyed(live, key);
  const others = [...present].filter(([id]) => !wanted.has(id));
  const ours = [...wanted].map(([id, item]) => mergeApplied(present.get(id) ?? {}, item));
  return [...others.map(([, item]) => item), ...ours];
}

function keyed(list: unknown, key: string): Map<unknown, Json> {
  const items = Array.isArray(list) ? list.filter(isObject) : [];
  return new Map(items.map((item) => [item[key], item]));
}
