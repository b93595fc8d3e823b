import type { DeliveryProblem } from '../../core/delivery/reasons.ts';
import type { Deliveries, PolicyDelivery } from '../../core/delivery/policy-delivery.ts';
import type { Topic } from '../manager/source.ts';

/** The problems of deliveries, as they are found and as they end. */
export interface DeliveryProblems {
  /** The problem of a policy with one namespace; undefined ends it. */
  set(policy: string, namespace: string, problem: DeliveryProblem | undefined): void;
  /** The problem of a policy with where its Secret comes from. */
  setSource(policy: string, problem: DeliveryProblem | undefined): void;
  /** Ends all problems of a policy that delivers nothing any more. */
  clear(policy: string): void;
}

/** Publishes each change of a problem. */
export function createDeliveryProblems(topic: Topic<Deliveries>): DeliveryProblems {
  const of = (policy: string): PolicyDelivery =>
    topic.current.get(policy) ?? { namespaces: new Map() };
  const publish = (policy: string, next: PolicyDelivery) => {
    const isProblem = next.source !== undefined || next.namespaces.size > 0;
    topic.publish(withEntry(topic.current, policy, isProblem ? next : undefined));
  };
  return {
    set(policy, namespace, problem) {
      const before = of(policy);
      if (isSame(before.namespaces.get(namespace), problem)) return;
      const namespaces = withEntry(before.namespaces, namespace, problem);
      publish(policy, { ...before, namespaces });
    },
    setSource(policy, problem) {
      const { source, namespaces } = of(policy);
      if (isSame(source, problem)) return;
      publish(policy, { namespaces, ...(problem && { source: problem }) });
    },
    clear(policy) {
      if (topic.current.has(policy)) publish(policy, { namespaces: new Map() });
    },
  };
}

function isSame(one: DeliveryProblem | undefined, other: DeliveryProblem | undefined): boolean {
  return one?.reason === other?.reason && one?.message === other?.message;
}

function withEntry<T>(
  map: ReadonlyMap<string, T>,
  key: string,
  value: T | undefined,
): ReadonlyMap<string, T> {
  const next = new Map(map);
  if (value === undefined) next.delete(key);
  else next.set(key, value);
  return next;
}
