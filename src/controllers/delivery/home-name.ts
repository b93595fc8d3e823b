import type { Delivery } from '../../core/delivery/delivery.ts';
import type { OperatorObjects } from '../cluster/operator-objects.ts';

/** The name of the Secret that is delivered; undefined while the ExternalSecret that makes it has not been looked at. */
export function homeName(
  operatorObjects: Pick<OperatorObjects, 'follow' | 'secretName'>,
  { source: { kind, namespace, name } }: Delivery,
): string | undefined {
  if (kind !== 'ExternalSecret') return name;
  const isTried = operatorObjects.follow({ kind, name });
  // Where External Secrets Operator is missing, or we may not look, it is most likely the ExternalSecret's own.
  return operatorObjects.secretName(kind, namespace, name) ?? (isTried ? name : undefined);
}
