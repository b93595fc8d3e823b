import {
  isNewerDefinition,
  tokenPolicyDefinition,
} from '../../core/registration/custom-resource-definition.ts';
import type { KubeApi } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import type { OwnerRoles } from '../ownership/owner-roles.ts';

const ours = tokenPolicyDefinition();

/** Name of the CustomResourceDefinition of TokenPolicy. */
export const crdName = ours.metadata.name;

/**
 * Applies our CustomResourceDefinition where the cluster's is older, which Helm never does, and where there is none,
 * but for an uninstall, when the owners of what we write are missing; returns whether it wrote.
 */
export async function updateCrd(api: KubeApi, owners: OwnerRoles): Promise<boolean> {
  const resource = resources.customResourceDefinitions;
  const live = await api.get(resource, crdName);
  if (!isNewerDefinition(live) || (!live && !owners.references())) return false;
  await api.apply(resource, ours);
  return true;
}
