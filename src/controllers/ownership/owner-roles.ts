import type { KubeObject, OwnerReference } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { type Cache, type CachedObjects, byName } from '../manager/cache.ts';

/** The ClusterRoles that own what we write. */
export interface OwnerRoles {
  readonly names: readonly string[];
  /** Each as it is watched, to see it come and go. */
  readonly watched: readonly CachedObjects[];
  /** All of them as owner references, or undefined while one is missing. */
  references(): readonly OwnerReference[] | undefined;
}

/** Watches ClusterRoles by their names, of their metadata only. */
export function watchOwnerRoles(cache: Cache, names: readonly string[]): OwnerRoles {
  const roles = names.map((name) => ({
    name,
    objects: cache.watch(resources.clusterRoles, { ...byName(name), metadataOnly: true }),
  }));
  return {
    names,
    watched: roles.map(({ objects }) => objects),
    references() {
      const found = roles.flatMap(({ name, objects }) => toReference(objects.get(name)));
      return found.length === roles.length ? found : undefined;
    },
  };
}

function toReference(role: KubeObject | undefined): OwnerReference[] {
  const uid = role?.metadata.uid;
  if (!role || uid === undefined) return [];
  const { apiVersion, kind } = resources.clusterRoles;
  return [{ apiVersion, kind, name: role.metadata.name, uid }];
}
