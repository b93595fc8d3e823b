import type { KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';

/** The ClusterRole of the other release that an object goes with; undefined where it goes with ours, or with none. */
export function otherRelease(
  { metadata }: KubeObject,
  ourClusterRoles: readonly string[],
): string | undefined {
  const names = (metadata.ownerReferences ?? [])
    .filter(({ kind }) => kind === resources.clusterRoles.kind)
    .map(({ name }) => name);
  return names.some((name) => ourClusterRoles.includes(name)) ? undefined : names[0];
}

/**
 * Who else an object belongs to, in words; undefined where it is ours: it goes with our ClusterRoles, or carries our
 * name and goes with nobody, as one that was registered by hand.
 */
export function foreignOwner(
  object: KubeObject,
  ourClusterRoles: readonly string[],
): string | undefined {
  const other = otherRelease(object, ourClusterRoles);
  if (other !== undefined) return `another release, that of ClusterRole ${other}`;
  const { ownerReferences = [], labels = {} } = object.metadata;
  if (ownerReferences.some(({ kind }) => kind === resources.clusterRoles.kind)) return undefined;
  const keeper = labels['app.kubernetes.io/managed-by'] ?? 'token-injector';
  if (keeper !== 'token-injector') return keeper;
  return labels['app.kubernetes.io/name'] === 'token-injector' ? undefined : 'somebody else';
}
