import { isDeepStrictEqual } from 'node:util';

import { isObject, type Json } from '../../src/core/json.ts';
import type { KubeObject } from '../../src/kube/client/api.ts';
import { listKeys, mergeApplied, takenWhole } from './merge-applied.ts';

/** Who writes, and how; each combination owns fields of its own. */
interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: 'status';
}

/** The writers of one object, each with the fields that are its own. */
export type Owners = ReadonlyMap<string, ReadonlySet<string>>;

/** What a server-side apply of `next` makes of an object, if it is forced or nothing conflicts. */
export function applyFields(
  { object, owners }: { readonly object: Json; readonly owners: Owners },
  by: Omit<Writer, 'operation'>,
  next: Json,
): { readonly object: Json; readonly owners: Owners; readonly conflicts: boolean } {
  const { manager, ...rest } = by;
  const name = JSON.stringify({ manager, operation: 'Apply', ...rest } satisfies Writer);
  const is = fieldsOf(object);
  const wanted = fieldsOf(next);
  const others = [...owners].filter(([owner]) => owner !== name);
  const isOthers = (path: string) => others.some(([, paths]) => paths.has(path));
  const changed = new Set(
    [...wanted].filter(([path, value]) => !isSameField(is, path, value)).map(([path]) => path),
  );
  const givenUp = [...(owners.get(name) ?? [])].filter(
    (path) => !wanted.has(path) && !isOthers(path),
  );
  return {
    object: mergeApplied(withoutFields(object, toTree(givenUp)), next),
    owners: ownersWith(owners, [
      ...others.map(
        ([owner, paths]) => [owner, only(paths, (path) => !changed.has(path))] as const,
      ),
      [name, new Set(wanted.keys())],
    ]),
    conflicts: [...changed].some(isOthers),
  };
}

/** The owners after somebody made `after` of `before` without server-side apply. */
export function ownersAfterUpdate(
  owners: Owners,
  manager: string,
  before: Json,
  after: Json,
): Owners {
  const name = JSON.stringify({ manager, operation: 'Update' } satisfies Writer);
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const changed = [...is].filter(([path, value]) => !isSameField(was, path, value));
  const left = (paths: Iterable<string>) =>
    only(paths, (path) => is.has(path) && isSameField(was, path, is.get(path)));
  return ownersWith(owners, [
    ...[...owners].map(([owner, paths]) => [owner, left(paths)] as const),
    [name, new Set([...left(owners.get(name) ?? []), ...changed.map(([path]) => path)])],
  ]);
}

/** The fields of an object that somebody can own, as JSON of their paths in managedFields, with their values. */
function fieldsOf({ metadata, ...object }: Json): ReadonlyMap<string, unknown> {
  const { apiVersion: _, kind: _kind, ...rest } = object;
  const { labels, annotations, ownerReferences, finalizers } = isObject(metadata) ? metadata : {};
  const owned = { ...rest, metadata: { labels, annotations, ownerReferences, finalizers } };
  return new Map(leaves(owned, '', []));
}

/** `metadata.managedFields` of an object. */
export function managedFields(owners: Owners, { apiVersion }: KubeObject): readonly Json[] {
  return [...owners].map(([owner, paths]) => ({
    ...(JSON.parse(owner) as Writer),
    apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: toTree([...paths]),
  }));
}

/** An object without the fields of a tree, and without what is empty then. */
function withoutFields(object: Json, gone: Json): Json {
  return isEmpty(gone) ? object : (without(object, gone) as Json);
}

function without(value: unknown, gone: Json): unknown {
  if (Array.isArray(value))
    return value.flatMap((item) => {
      const [, below] = Object.entries(gone).find(([step]) => isItem(item, step)) ?? [];
      const rest = isObject(below) ? without(item, below) : item;
      return isEmpty(rest) ? [] : [rest];
    });
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const below = gone[`f:${key}`];
      if (!isObject(below)) return [[key, item]];
      const rest = isEmpty(below) ? undefined : without(item, below);
      return rest === undefined || isEmpty(rest) ? [] : [[key, rest]];
    }),
  );
}

function leaves(
  value: unknown,
  field: string,
  path: readonly string[],
): (readonly [string, unknown])[] {
  if (value === undefined) return [];
  const key = listKeys[field];
  if (Array.isArray(value) && key !== undefined)
    return value
      .filter(isObject)
      .flatMap((item) => leaves(item, '', [...path, `k:${JSON.stringify({ [key]: item[key] })}`]));
  // Nobody owns what is in an empty one.
  if (isObject(value) && !takenWhole.includes(field))
    return Object.entries(value).flatMap(([name, item]) =>
      leaves(item, name, [...path, `f:${name}`]),
    );
  return [[JSON.stringify(path), value]];
}

function toTree(paths: readonly string[]): Json {
  const tree: Record<string, unknown> = {};
  for (const path of paths) {
    let at = tree;
    for (const step of JSON.parse(path) as string[])
      at = (at[step] ??= {}) as Record<string, unknown>;
  }
  return tree;
}

function only(paths: Iterable<string>, isKept: (path: string) => boolean): ReadonlySet<string> {
  return new Set([...paths].filter(isKept));
}

function isItem(item: unknown, step: string): boolean {
  if (!isObject(item) || !step.startsWith('k:')) return false;
  return Object.entries(JSON.parse(step.slice(2)) as Json).every(([key, id]) => item[key] === id);
}

function isSameField(fields: ReadonlyMap<string, unknown>, path: string, value: unknown): boolean {
  return fields.has(path) && isDeepStrictEqual(fields.get(path), value);
}

function ownersWith(
  owners: Owners,
  changes: readonly (readonly [string, ReadonlySet<string>])[],
): Owners {
  const all = new Map([...owners, ...changes]);
  return new Map([...all].filter(([, paths]) => paths.size > 0));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
