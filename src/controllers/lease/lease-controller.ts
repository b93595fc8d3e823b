import type { KubeApi } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import type { Controller } from '../manager/controller.ts';
import type { OwnedObjects } from '../ownership/apply-and-prune.ts';
import type { OwnerRoles } from '../ownership/owner-roles.ts';

/** Gives the Lease, which its holder made, the owners of everything else that we write. */
export function createLeaseController({
  api,
  owned,
  owners,
  namespace,
  name,
}: {
  readonly api: KubeApi;
  readonly owned: OwnedObjects;
  readonly owners: OwnerRoles;
  readonly namespace: string;
  readonly name: string;
}): Controller {
  return {
    name: 'lease',
    watches: owners.watched,
    keys: () => [name],
    whenReady: Promise.all(owners.watched.map(({ whenSynced }) => whenSynced)),
    async reconcile() {
      const live = await api.get(resources.leases, name, namespace);
      if (!live || owned.isOurs(live)) return undefined;
      await api.apply(resources.leases, { metadata: { name, namespace, ...owned.metadata(live) } });
      return undefined;
    },
  };
}
