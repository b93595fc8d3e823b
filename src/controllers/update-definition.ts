import {
  isNewerDefinition,
  tokenPolicyDefinition,
} from '../core/registration/custom-resource-definition.ts';
import type { KubeApi, OwnerReference } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';

/**
 * Applies our CustomResourceDefinition where the cluster's is older, which Helm never does, and where there is none,
 * but for an uninstall, when the owners of what we write are missing; tells whether it wrote.
 */
export async function updateDefinition(
  api: KubeApi,
  owners: () => readonly OwnerReference[] | undefined,
): Promise<boolean> {
  const resource = resources.customResourceDefinitions;
  const ours = tokenPolicyDefinition();
  const live = await api.get(resource, ours.metadata.name);
  if (!isNewerDefinition(live) || (!live && !owners())) return false;
  await api.apply(resource, ours);
  return true;
}
