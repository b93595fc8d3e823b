import type { Json } from '../core/json.ts';
import type { KubeApi, KubeObject, ObjectMeta, OwnerReference } from '../kube/api.ts';
import type { Resource } from '../kube/resources.ts';
import { driftOf } from './drift.ts';

/** The labels of everything that the controller writes. */
const ourLabels = {
  'app.kubernetes.io/name': 'token-injector',
  'app.kubernetes.io/managed-by': 'token-injector',
} as const;

/** Set to "true" on an object of ours, has us leave it as it is. */
const pausedAnnotation = 'token-injector.dev/paused';

/** Says that the object which ours go with is missing, as during an uninstall: nothing is created then. */
class OwnerMissing extends Error {
  override readonly name = 'OwnerMissing';
}

/** Keeps objects as they should be. */
export interface OwnedObjects {
  /** What the metadata of an object of ours has beside its name; throws OwnerMissing where it would be a new one. */
  metadata(live?: KubeObject): Pick<ObjectMeta, 'labels' | 'ownerReferences'>;
  /** Whether the object has our labels and goes with the owners as they are now. */
  isOurs(live: KubeObject): boolean;
  /** Writes the object if the live one differs in what matters; gives back the live one. */
  ensure(
    resource: Resource,
    wanted: Json & { readonly metadata: Json & { readonly name: string } },
    live: KubeObject | undefined,
  ): Promise<KubeObject>;
}

/** `owners` gives the ClusterRoles that what we write goes with, or undefined while one of them is missing. */
export function ownedObjects(
  api: KubeApi,
  owners: () => readonly OwnerReference[] | undefined,
): OwnedObjects {
  // Additions that came back after we took them out once belong to somebody who insists, such as a cloud's enforcer.
  const tolerated = new Map<string, string>();
  const ourMetadata = (live?: KubeObject) => {
    const ownerReferences = owners() ?? live?.metadata.ownerReferences;
    if (!ownerReferences)
      throw new OwnerMissing('the ClusterRole that owns what we write is missing');
    return { labels: ourLabels, ...(ownerReferences.length > 0 ? { ownerReferences } : {}) };
  };
  return {
    metadata: ourMetadata,
    isOurs: (live) => driftOf(live.metadata, ourMetadata(live)) !== 'changed',
    async ensure(resource, { metadata, ...rest }, live) {
      if (live && isPaused(live)) return live;
      const wanted = {
        ...rest,
        metadata: { ...metadata, ...ourMetadata(live) },
      };
      const id = `${resource.plural}/${metadata.name}`;
      const drift = live ? driftOf(live, wanted) : 'changed';
      if (live && drift === 'none') return live;
      if (live && drift === 'additions') {
        const { metadata: _, ...content } = live;
        const seen = JSON.stringify(content);
        if (tolerated.get(id) === seen) return live;
        tolerated.set(id, seen);
      }
      return api.apply(resource, wanted);
    },
  };
}

/** Whether somebody asked us to leave the object as it is. */
export function isPaused({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[pausedAnnotation] === 'true';
}
