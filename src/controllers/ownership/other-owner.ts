import { fieldManager, managedByLabel, nameLabel, productName } from '../../core/identity.ts';
import type { KubeObject, ObjectMeta } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';

/** The ClusterRole of the other release that owns an object; undefined where ours does, or none. */
export function otherRelease(
  { metadata }: KubeObject,
  ourClusterRoles: readonly string[],
): string | undefined {
  const names = owningClusterRoles(metadata);
  return names.some((name) => ourClusterRoles.includes(name)) ? undefined : names[0];
}

/**
 * Whether we wrote an object that was read whole. Labels are anybody's to set, so what counts is that it names one of
 * our ClusterRoles as its owner, an earlier one of the same name too, or that the API server recorded us as a manager.
 */
export function isWrittenByUs(
  { metadata }: KubeObject,
  ourClusterRoles: readonly string[],
): boolean {
  return (
    owningClusterRoles(metadata).some((name) => ourClusterRoles.includes(name)) ||
    (metadata.managedFields ?? []).some(({ manager }) => manager === fieldManager)
  );
}

/**
 * Who else an object belongs to, in words; undefined where it is ours: our ClusterRoles own it, or it has our
 * name and no owner, as one that was registered by hand.
 */
export function otherOwner(
  object: KubeObject,
  ourClusterRoles: readonly string[],
): string | undefined {
  const other = otherRelease(object, ourClusterRoles);
  if (other !== undefined) return `another release, that of ClusterRole ${other}`;
  if (owningClusterRoles(object.metadata).length > 0) return undefined;
  const { labels = {} } = object.metadata;
  const manager = labels[managedByLabel] ?? productName;
  if (manager !== productName) return manager;
  return labels[nameLabel] === productName ? undefined : 'somebody else';
}

function owningClusterRoles({ ownerReferences = [] }: ObjectMeta): string[] {
  return ownerReferences
    .filter(({ kind }) => kind === resources.clusterRoles.kind)
    .map(({ name }) => name);
}
