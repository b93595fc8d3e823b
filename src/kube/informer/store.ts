import type { KubeObject } from '../client/api.ts';

/** The objects of one kind by namespace and name, as last seen. */
export interface Store {
  items(): readonly KubeObject[];
  get(name: string, namespace?: string): KubeObject | undefined;
  /** Each of these returns whether anything changed. */
  put(object: KubeObject): boolean;
  remove(object: KubeObject): boolean;
  replaceAll(objects: readonly KubeObject[]): boolean;
}

/** An empty store. */
export function createStore(): Store {
  let byKey = new Map<string, KubeObject>();
  let listed: readonly KubeObject[] | undefined;

  return {
    items: () => (listed ??= [...byKey.values()]),
    get: (name, namespace) => byKey.get(keyOf({ name, namespace })),
    put: (object) => {
      const key = keyOf(object.metadata);
      if (isSame(byKey.get(key), object)) return false;
      byKey.set(key, object);
      listed = undefined;
      return true;
    },
    remove: (object) => {
      listed = undefined;
      return byKey.delete(keyOf(object.metadata));
    },
    replaceAll: (objects) => {
      const before = byKey;
      byKey = new Map(objects.map((object) => [keyOf(object.metadata), object]));
      listed = undefined;
      return (
        before.size !== byKey.size || [...byKey].some(([key, o]) => !isSame(before.get(key), o))
      );
    },
  };
}

function isSame(before: KubeObject | undefined, { metadata }: KubeObject): boolean {
  return (
    before !== undefined &&
    metadata.resourceVersion !== undefined &&
    before.metadata.resourceVersion === metadata.resourceVersion &&
    before.metadata.uid === metadata.uid
  );
}

function keyOf(object: { readonly name: string; readonly namespace?: string | undefined }): string {
  return `${object.namespace ?? ''}/${object.name}`;
}
