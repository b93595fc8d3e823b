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

/** Writes a copy; fails with 409 where it is no longer as it was seen, or where another writer has a field of it. */
export async function applyCopy(
  api: KubeApi,
  namespace: string,
  wanted: WantedCopy,
  data: ReadonlyMap<string, string>,
  seen: { readonly resourceVersion?: string | undefined },
): Promise<KubeObject> {
  return api.apply(resources.secrets, copyOf(namespace, wanted, data, seen), {
    fieldManager: deliveryFieldManager,
    force: false,
  });
}

/**
 * Takes a copy back from other writers. Whoever set the annotation owns it, so that we can only take it away once it is
 * ours: by another value, so that what is left of it after a crash is still known as ours.
 */
export async function resyncCopy(
  api: KubeApi,
  namespace: string,
  wanted: WantedCopy,
  data: ReadonlyMap<string, string>,
  seen: { readonly resourceVersion?: string | undefined },
): Promise<KubeObject> {
  const copy = copyOf(namespace, wanted, data, seen);
  const annotations = { ...copy.metadata.annotations, [resyncAnnotation]: 'begun' };
  const metadata = { ...copy.metadata, annotations };
  const taken = await api.apply(
    resources.secrets,
    { ...copy, metadata },
    { fieldManager: deliveryFieldManager, force: true },
  );
  return applyCopy(api, namespace, wanted, data, taken.metadata);
}

function copyOf(
  namespace: string,
  { name, policy, policyUid, source }: WantedCopy,
  data: ReadonlyMap<string, string>,
  { resourceVersion }: { readonly resourceVersion?: string | undefined },
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
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type: 'Opaque',
    data: Object.fromEntries(data),
  };
}
