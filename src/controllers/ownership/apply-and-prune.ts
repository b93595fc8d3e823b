import { ownedLabels, pausedAnnotation } from '../../core/identity.ts';
import type { Json } from '../../core/json.ts';
import {
  type KubeApi,
  KubeError,
  type KubeObject,
  type ObjectMeta,
  type OwnerReference,
} from '../../kube/client/api.ts';
import type { Resource } from '../../kube/client/resources.ts';
import { driftOf, holdsMetadata } from './drift.ts';
import { otherOwner, isWrittenByUs } from './other-owner.ts';
import { createWriteHistory } from './write-history.ts';

/** The owner of our objects is missing, as during an uninstall: nothing is created then. */
class OwnerMissing extends Error {
  override readonly name = 'OwnerMissing';
}

/** Somebody else has the object, or changes it again and again. */
class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** An object as we want it. */
type Wanted = Json & {
  readonly metadata: Json & {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
};

/** An object as it stands after we looked after it. */
export interface Ensured {
  readonly object: KubeObject;
  /** Whether it is not as we want it, and we were asked to leave it so. */
  readonly isPaused: boolean;
}

/** Keeps objects as they should be. */
export interface OwnedObjects {
  /** What the metadata of an object of ours has beside its name; throws OwnerMissing where it would be a new one. */
  metadata(live?: KubeObject): Pick<ObjectMeta, 'labels' | 'ownerReferences'>;
  /** Whether the object has our labels and has the owner references as they are now. */
  isOurs(live: KubeObject): boolean;
  /** Writes an object of any scope if the live one differs; throws Conflict where that one is not ours. */
  ensure(resource: Resource, wanted: Wanted, live: KubeObject | undefined): Promise<Ensured>;
  /** Deletes an object that nobody wants any more, if we wrote it and it is not paused. */
  prune(resource: Resource, live: KubeObject): Promise<void>;
}

/** What owning is about. */
export interface OwnershipOptions {
  readonly api: KubeApi;
  /** The names of the ClusterRoles that own what we write. */
  readonly names: readonly string[];
  /** Those ClusterRoles, or undefined while one of them is missing. */
  readonly owners: () => readonly OwnerReference[] | undefined;
  readonly now: () => Date;
}

/** Applies and prunes objects that are owned by the given ClusterRoles. */
export function createOwnedObjects({ api, names, owners, now }: OwnershipOptions): OwnedObjects {
  // Requirements that came back after we took them out once belong to somebody who insists, such as a cloud's enforcer.
  const tolerated = new Map<string, string>();
  // Annotations that we do not want may be ours from before a restart: to apply takes those away, and leaves others.
  const otherAnnotations = new Map<string, string>();
  const history = createWriteHistory(now);

  const ourMetadata = (live?: KubeObject) => {
    const ownerReferences = owners() ?? live?.metadata.ownerReferences;
    if (!ownerReferences)
      throw new OwnerMissing('the ClusterRole that owns what we write is missing');
    return { labels: ownedLabels, ...(ownerReferences.length > 0 ? { ownerReferences } : {}) };
  };

  const isLeft = (live: KubeObject) => isPaused(live) || otherOwner(live, names) !== undefined;

  /**
   * Server-side apply leaves what others have added; where that is more than it may be, or more than the guard of our
   * account lets pass, all is replaced.
   */
  const write = async (
    resource: Resource,
    id: string,
    wanted: Wanted,
    live: KubeObject | undefined,
  ): Promise<KubeObject> => {
    if (history.hasConflict(id, wanted))
      throw new Conflict(
        `somebody else changes ${id} again and again: see its managedFields, or pause it with the annotation ${pausedAnnotation}`,
      );
    const applied = await api.apply(resource, wanted).catch((error: unknown) => {
      if (live && error instanceof KubeError && error.status === 422) return undefined;
      throw error;
    });
    if (applied) history.note(id, wanted, live, applied);
    if (applied && isGood(applied, wanted)) return applied;
    const before = applied ?? live;
    const annotations = { ...before?.metadata.annotations, ...wanted.metadata.annotations };
    const metadata = { ...before?.metadata, ...wanted.metadata, annotations };
    const replaced = await api.replace(resource, { ...wanted, metadata });
    history.note(id, wanted, before, replaced);
    if (isGood(replaced, wanted)) return replaced;
    throw new Conflict(`something else changes ${id} on its way: an admission plugin or webhook`);
  };

  return {
    metadata: ourMetadata,
    isOurs: (live) => holdsMetadata(live.metadata, ourMetadata(live)),

    async ensure(resource, { metadata, ...rest }, seen) {
      const { name, namespace } = metadata;
      const id = `${resource.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
      const live = seen ?? (await api.get(resource, name, namespace));
      const other = live && otherOwner(live, names);
      if (other !== undefined)
        throw new Conflict(
          `${id} belongs to ${other}: a cluster has room for one installation of token-injector`,
        );
      const wanted = { ...rest, metadata: { ...metadata, ...ourMetadata(live) } };
      const drift = live ? driftOf(live, wanted) : 'changes';
      if (live && isPaused(live)) return { object: live, isPaused: drift !== 'none' };
      if (live && drift === 'none') {
        const others = annotationsBeyond(live, wanted).join();
        if ((otherAnnotations.get(id) ?? '') === others) return { object: live, isPaused: false };
        otherAnnotations.set(id, others);
      }
      if (live && drift === 'selectors') {
        const { metadata: _, ...content } = live;
        const text = JSON.stringify(content);
        if (tolerated.get(id) === text) return { object: live, isPaused: false };
        tolerated.set(id, text);
      }
      return { object: await write(resource, id, wanted, live), isPaused: false };
    },

    async prune(resource, seen) {
      const { name, namespace } = seen.metadata;
      if (isLeft(seen)) return;
      // What is watched comes without its managedFields.
      const live = await api.get(resource, name, namespace);
      if (!live || isLeft(live) || !isWrittenByUs(live, names)) return;
      const { uid } = live.metadata;
      await api.delete(resource, name, namespace, uid === undefined ? {} : { uid });
    },
  };
}

function isGood(live: KubeObject, wanted: Wanted): boolean {
  return ['none', 'selectors'].includes(driftOf(live, wanted));
}

function annotationsBeyond(live: KubeObject, { metadata }: Wanted): string[] {
  const wanted = metadata.annotations ?? {};
  return Object.keys(live.metadata.annotations ?? {}).filter((key) => !Object.hasOwn(wanted, key));
}

function isPaused({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[pausedAnnotation] === 'true';
}
