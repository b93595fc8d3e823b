import type { ObjectMeta } from './api.ts';
import type { Resource } from './resources.ts';

/** Values of a query; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The path of all objects of a kind, in one namespace or in the whole cluster. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const { apiVersion, plural } = resource;
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope =
    resource.namespaced && namespace !== undefined
      ? `/namespaces/${encodeURIComponent(namespace)}`
      : '';
  return `${group}${scope}/${plural}`;
}

/** The path of one object or of a subresource of it; throws where a namespaced one names no namespace. */
export function objectPath(
  resource: Resource,
  { name, namespace }: Pick<ObjectMeta, 'name' | 'namespace'>,
  subresource?: string,
): string {
  if (name === '') throw new Error(`a ${resource.kind} without a name cannot be found`);
  const collection = homePath(resource, namespace);
  const path = `${collection}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** The path that objects are created under; throws where a namespaced one names no namespace. */
export function homePath(resource: Resource, namespace?: string): string {
  if (resource.namespaced && !namespace)
    throw new Error(`a ${resource.kind} is in a namespace, and none is given`);
  return collectionPath(resource, namespace);
}

/** A path with its query. */
export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return path;
  const pairs = given.map(([key, value]): [string, string] => [key, String(value)]);
  return `${path}?${new URLSearchParams(pairs).toString()}`;
}
