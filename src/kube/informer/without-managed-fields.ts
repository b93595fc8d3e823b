import type { KubeObject } from '../client/api.ts';

/** An object without its managed fields, which nothing of ours reads and which are a good part of many objects. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
