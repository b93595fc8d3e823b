import { deliveryLabel, resyncAnnotation } from '../identity.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryProblem } from './reasons.ts';
import type { Target } from './target.ts';

/** The namespace has another Secret of that name. */
export function conflict({ name, namespace, manager, policy }: Target): DeliveryProblem {
  const what =
    policy === undefined
      ? `is managed by ${manager === 'unknown' ? 'others' : manager}, not by token-injector (it has no label ${deliveryLabel}),`
      : 'is not of type Opaque,';
  return {
    reason: 'Conflict',
    message: `Secret ${name} ${what} and is left as it is: run "kubectl -n ${namespace} delete secret ${name}" to have it delivered, or give secret.name another name`,
  };
}

/** Another policy delivers a Secret of that name to the namespace. */
export function rival(name: string, policy: string): DeliveryProblem {
  return {
    reason: 'Conflict',
    message: `Policy ${policy} delivers Secret ${name} there too, and comes first by its name: give secret.name of one of them another name`,
  };
}

/** Another writer changed the copy. */
export function takenOver({ name, namespace, manager }: Target): DeliveryProblem {
  return {
    reason: 'TakenOver',
    message: `Secret ${name} was changed by another writer${manager === 'unknown' ? '' : ` (${manager})`} and is left as it is: run "kubectl -n ${namespace} annotate secret ${name} ${resyncAnnotation}=true", or delete it, to have it delivered again`,
  };
}

/** The copy can no longer be changed. */
export function immutable({ name, namespace }: Target): DeliveryProblem {
  return {
    reason: 'Immutable',
    message: `Secret ${name} was made immutable and differs from its source: run "kubectl -n ${namespace} delete secret ${name}" to have it delivered again`,
  };
}

/** The Secret that is to be delivered is not there. */
export function sourceMissing(name: string, { source }: Pick<Delivery, 'source'>): DeliveryProblem {
  return {
    reason: 'SourceMissing',
    message: `Secret ${name} is missing in namespace ${source.namespace}, from where it is delivered; what was delivered before stays`,
  };
}

/** Secrets of a name may not be read, or not be written. */
export function notPermitted(name: string, verb: 'read' | 'written'): DeliveryProblem {
  const value = verb === 'read' ? 'config.secretNames' : 'config.deliveredSecretNames';
  return {
    reason: 'NotPermitted',
    message: `Secrets named ${name} may not be ${verb}: add the name to the chart value ${value} to have it delivered`,
  };
}

/** The API server refused the copy; `why` are its words, without anything of the Secret. */
export function deliveryFailed(name: string, why: string): DeliveryProblem {
  return {
    reason: 'DeliveryFailed',
    message: `Secret ${name} could not be delivered, and is tried again: ${why}`,
  };
}
