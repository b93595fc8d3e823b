import type { KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';

/**
 * Who else an object belongs to, in words; undefined where it is ours: it goes with our ClusterRoles, or carries our
 * name and goes with nobody, as one that was registered by hand.
 */
export function foreignOwner(
  { metadata }: KubeObject,
  ourClusterRoles: readonly string[],
): string | undefined {
  const roles = (metadata.ownerReferences ?? []).filter(
    ({ kind }) => kind === resources.clusterRoles.kind,
  );
  const [first] = roles;
  if (first) {
    const isOurs = roles.some(({ name }) => ourClusterRoles.includes(name));
    return isOurs ? undefined : `another release, that of ClusterRole ${first.name}`;
  }
  const { labels = {} } = metadata;
  const keeper = labels['app.kubernetes.io/managed-by'] ?? 'token-injector';
  if (keeper !== 'token-injector') return keeper;
  return labels['app.kubernetes.io/name'] === 'token-injector' ? undefined : 'somebody else';
}
