import type { KubeApi } from '../../kube/client/api.ts';
import type { Clock } from '../manager/clock.ts';
import type { Controller } from '../manager/controller.ts';
import type { Source } from '../manager/source.ts';
import type { OwnerRoles } from '../ownership/owner-roles.ts';
import { crdName, updateCrd } from './update-crd.ts';

/** What the definition is updated with. */
export interface CrdControllerOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly owners: OwnerRoles;
  /** Changes where a kind is found not to be served: its definition may be missing. */
  readonly kindsNotServed: Source;
  readonly onUpdated: () => void;
}

/** No event comes for a CRD that is deleted again before its policies were read. */
const intervalMs = 60_000;

/** Keeps the CustomResourceDefinition of TokenPolicy from being older than this program, and from being deleted. */
export function createCrdController(options: CrdControllerOptions): Controller {
  const { api, clock, owners, kindsNotServed, onUpdated } = options;
  return {
    name: 'crd',
    watches: [kindsNotServed, ...owners.watched],
    keys: () => [crdName],
    async reconcile() {
      if (!(await updateCrd(api, owners))) return undefined;
      onUpdated();
      return new Date(clock.now().getTime() + intervalMs);
    },
  };
}
