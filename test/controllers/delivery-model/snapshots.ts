import type { CachedObjects } from '../../../src/controllers/manager/cache.ts';
import { createSignal } from '../../../src/controllers/manager/source.ts';
import type { KubeObject } from '../../../src/kube/client/api.ts';
import type { Resource } from '../../../src/kube/client/resources.ts';
import type { FakeApi } from '../../kube/fake-api.ts';

/** Objects of a kind as they were when last asked for, as an informer whose watch is late has them. */
export interface Snapshots extends CachedObjects {
  /** Catches up, and tells each object that changed. */
  refresh(): void;
}

/** Nothing was seen yet; of what is in `deleted` it tells too where it never saw it. */
export function snapshots(
  api: FakeApi,
  resource: Resource,
  project: (object: KubeObject) => KubeObject = (object) => object,
  deleted: readonly KubeObject[] = [],
): Snapshots {
  const { subscribe, notify } = createSignal();
  const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;
  const versionOf = (object: KubeObject | undefined) =>
    `${object?.metadata.uid}/${object?.metadata.resourceVersion}`;
  let told = deleted.length;
  let byKey = new Map<string, KubeObject>();
  let listed: readonly KubeObject[] = [];
  return {
    subscribe,
    permitted: true,
    notServed: false,
    whenSynced: Promise.resolve(),
    whenTried: Promise.resolve(),
    items: () => listed,
    get: (name, namespace = '') => byKey.get(`${namespace}/${name}`),
    stop: () => undefined,
    refresh() {
      const before = byKey;
      byKey = new Map(api.all(resource).map((object) => [keyOf(object), project(object)]));
      listed = [...byKey.values()];
      const keys = new Set([...before.keys(), ...byKey.keys()]);
      for (const key of keys)
        if (versionOf(before.get(key)) !== versionOf(byKey.get(key)))
          notify(byKey.get(key) ?? before.get(key));
      for (const object of deleted.slice(told)) notify(project(object));
      told = deleted.length;
    },
  };
}
