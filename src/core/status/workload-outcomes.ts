import type { Policy } from '../policy/compile-policy.ts';
import type { ConditionState } from './conditions.ts';
import { injected } from './injected.ts';
import { type PodTally, tallyOf } from './pod-tally.ts';
import type { Workload } from './workload.ts';

/** What a policy came to in the pods of one workload. */
export interface WorkloadOutcome {
  /** The name of the Event that says so; the same whatever it says. */
  readonly name: string;
  readonly namespace: string;
  readonly workload: Workload;
  /** As the condition Injected says it of all pods. */
  readonly state: ConditionState;
}

/** Judges the agent pods of a policy workload by workload. */
export function workloadOutcomes(policy: Policy, { judged }: PodTally): WorkloadOutcome[] {
  const byName = Map.groupBy(
    judged,
    ({ group: { namespace, workload } }) => `${namespace}/${eventName(policy, workload)}`,
  );
  return [...byName.values()].map((ofWorkload) => {
    const { namespace, workload } = ofWorkload[0]!.group;
    const name = eventName(policy, workload);
    return { name, namespace, workload, state: injected(policy, tallyOf(ofWorkload), true) };
  });
}

const maxNameLength = 120;

function eventName(policy: Policy, { kind, name }: Workload): string {
  const start = name.slice(0, maxNameLength).replace(/[-.]+$/, '');
  return `${start}.${kind.toLowerCase()}.token-injector-${policy.name}`;
}
