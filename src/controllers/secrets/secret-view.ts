import type { SecretView } from '../../core/status/secret-view.ts';
import type { Deliveries } from '../../core/delivery/policy-delivery.ts';
import type { LivePods } from '../cluster/live-pods.ts';
import type { ObservedSecrets } from '../cluster/observed-secrets.ts';
import type { OperatorObjects } from '../cluster/operator-objects.ts';

/** What is known of the Secrets, of the pods that need them, and of their delivery. */
export function secretView(
  secrets: ObservedSecrets,
  operatorObjects: OperatorObjects,
  pods: LivePods,
  deliveries: Deliveries,
): SecretView {
  return {
    ...pods,
    knowsPods: pods.known,
    mayRead: (name) => secrets.mayRead(name),
    keys: (namespace, name) => secrets.get(namespace, name)?.target.keys,
    source: (kind, namespace, name) => operatorObjects.state(kind, namespace, name),
    delivery: (policy) => deliveries.get(policy),
  };
}
