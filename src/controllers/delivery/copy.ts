import {
  deliveryFieldManager,
  deliveryLabel,
  ownedLabels,
  resyncAnnotation,
  sourceAnnotation,
  tokenPolicyApiVersion,
  tokenPolicyKind,
} from '../../core/identity.ts';
import type { WantedCopy } from '../../core/delivery/target.ts';
import type { KubeApi, KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';

/** The Secret that a namespace is to hold, at the version that it was seen at; without one, it was not there. */
export function copyOf(
  namespace: string,
  { name, policy, policyUid, source }: WantedCopy,
  data: ReadonlyMap<string, string>,
  resourceVersion: string | undefined,
): KubeObject {
  const owner = {
    apiVersion: tokenPolicyApiVersion,
    kind: tokenPolicyKind,
    name: policy,
    uid: policyUid,
  };
  return {
    metadata: {
      name,
      namespace,
      labels: { ...ownedLabels, [deliveryLabel]: policy },
      // Aikido's agent adds one when it stores a renewed token, and fails at a Secret that has none.
      annotations: { [sourceAnnotation]: source },
      ownerReferences: [owner],
      ...atVersion(resourceVersion),
    },
    type: 'Opaque',
    data: Object.fromEntries(data),
  };
}

/** Writes a copy; fails with 409 where it is no longer as it was seen, or where another writer has a field of it. */
export async function applyCopy(api: KubeApi, copy: KubeObject): Promise<KubeObject> {
  return api.apply(resources.secrets, copy, { fieldManager: deliveryFieldManager, force: false });
}

/**
 * Takes a copy back from other writers. Whoever set the annotation owns it, so that we can only take it away once it is
 * ours: by another value, so that what is left of it after a crash is still known as ours.
 */
export async function resyncCopy(api: KubeApi, copy: KubeObject): Promise<KubeObject> {
  const annotations = { ...copy.metadata.annotations, [resyncAnnotation]: 'begun' };
  const taken = await api.apply(
    resources.secrets,
    { ...copy, metadata: { ...copy.metadata, annotations } },
    { fieldManager: deliveryFieldManager, force: true },
  );
  const metadata = { ...copy.metadata, ...atVersion(taken.metadata.resourceVersion) };
  return applyCopy(api, { ...copy, metadata });
}

function atVersion(resourceVersion: string | undefined): { readonly resourceVersion?: string } {
  return resourceVersion === undefined ? {} : { resourceVersion };
}
