import type { KubeApi } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import type { ObservedSecrets } from '../cluster/observed-secrets.ts';
import type { DeliveryPlan } from './delivery-plan.ts';

/** What deleting copies needs. */
export interface PruningOptions {
  readonly api: KubeApi;
  readonly secrets: ObservedSecrets;
  readonly plan: DeliveryPlan;
  readonly onDeleted: () => void;
}

/**
 * Deletes what was delivered for a policy to a namespace and no policy delivers there any more, but never the Secret that
 * the policy now delivers: a copy becomes that where source.namespace moves, or where somebody copies it with its labels.
 */
export function createPruning({ api, secrets, plan, onDeleted }: PruningOptions) {
  return async (policy: string, namespace: string): Promise<void> => {
    // In a namespace that is being deleted all goes anyway.
    if (plan.isUnreadable(policy) || !plan.isOpen(namespace)) return;
    for (const { metadata, target } of secrets.in(namespace)) {
      const { name, isTerminating } = target;
      if (target.policy !== policy || isTerminating || plan.provider(name, namespace)) continue;
      if (plan.isHome(policy, name, namespace)) continue;
      const { uid = '', resourceVersion = '' } = metadata;
      await api.delete(resources.secrets, name, namespace, { uid, resourceVersion });
      onDeleted();
    }
  };
}
