import { isObject, type Json } from '../../src/core/json.ts';

/** The lists that the API merges by a key of their objects, of the kinds that we apply. */
const listKeys: Readonly<Record<string, string>> = {
  webhooks: 'name',
  matchConditions: 'name',
  variables: 'name',
  conditions: 'type',
  ownerReferences: 'uid',
};

/** Objects that the API takes as one value. */
const atomic = ['namespaceSelector', 'objectSelector'];

/**
 * What server-side apply makes of an object: fields of `next` are set, those that only `previous`, the last apply of
 * the same manager, had are removed, and all others stay as they are.
 */
export function mergeApplied(live: Json, previous: Json, next: Json): Json {
  const merged: Record<string, unknown> = { ...live };
  for (const key of Object.keys(previous)) {
    if (key in next) continue;
    const rest = withoutApplied(merged[key], previous[key], key);
    if (rest === undefined) delete merged[key];
    else merged[key] = rest;
  }
  for (const [key, value] of Object.entries(next))
    merged[key] = mergeValue(merged[key], previous[key], value, key);
  return merged;
}

function mergeValue(live: unknown, previous: unknown, next: unknown, field: string): unknown {
  if (isObject(next) && !atomic.includes(field))
    return mergeApplied(isObject(live) ? live : {}, isObject(previous) ? previous : {}, next);
  const key = listKeys[field];
  if (key === undefined || !Array.isArray(next)) return next;
  const before = keyed(previous, key);
  const wanted = keyed(next, key);
  const present = keyed(live, key);
  const others = [...present].filter(([id]) => !wanted.has(id) && !before.has(id));
  const ours = [...wanted].map(([id, item]) =>
    mergeApplied(present.get(id) ?? {}, before.get(id) ?? {}, item),
  );
  return [...others.map(([, item]) => item), ...ours];
}

/** What is left when a manager gives up a field; undefined where it was all its own. */
function withoutApplied(live: unknown, previous: unknown, field: string): unknown {
  if (isObject(live) && isObject(previous)) {
    const rest = mergeApplied(live, previous, {});
    return Object.keys(rest).length === 0 ? undefined : rest;
  }
  const key = listKeys[field];
  if (key === undefined) return undefined;
  const rest = mergeValue(live, previous, [], field) as unknown[];
  return rest.length === 0 ? undefined : rest;
}

function keyed(list: unknown, key: string): Map<unknown, Json> {
  const items = Array.isArray(list) ? list.filter(isObject) : [];
  return new Map(items.map((item) => [item[key], item]));
}
