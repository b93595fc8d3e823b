import type { KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';
import type { Cache, CachedObjects } from '../manager/cache.ts';

/** Watches the namespaces of the cluster with their labels. */
export function watchNamespaces(cache: Cache): CachedObjects {
  return cache.watch(resources.namespaces, { metadataOnly: true }, labelsOnly);
}

/** The labels of a namespace; undefined where it is not known. */
export function labelsOf(
  namespaces: Pick<CachedObjects, 'get'>,
  name: string,
): Readonly<Record<string, string>> | undefined {
  const found = namespaces.get(name);
  return found && (found.metadata.labels ?? {});
}

/** Of a namespace, what policies select by, and whether it is being deleted. */
function labelsOnly({ metadata }: KubeObject): KubeObject {
  const { labels, deletionTimestamp } = metadata;
  return {
    metadata: {
      ...identityMetadata(metadata),
      ...(labels && { labels }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    },
  };
}
