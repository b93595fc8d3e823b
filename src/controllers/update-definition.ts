import {
  isNewerDefinition,
  tokenPolicyDefinition,
} from '../core/registration/custom-resource-definition.ts';
import type { KubeApi } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';

/** Applies our CustomResourceDefinition where the cluster's is older, which Helm never does; tells whether it wrote. */
export async function updateDefinition(api: KubeApi): Promise<boolean> {
  const resource = resources.customResourceDefinitions;
  const ours = tokenPolicyDefinition();
  const live = await api.get(resource, ours.metadata.name);
  if (!isNewerDefinition(live)) return false;
  await api.apply(resource, ours);
  return true;
}
