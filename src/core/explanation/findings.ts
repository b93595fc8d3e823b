import { type SecretReference, isUnmet } from '../injection/decision.ts';
import type { DecisionReason } from '../injection/reasons.ts';
import type { Policy } from '../policy/compile-policy.ts';
import type { JudgedPods, PodTally } from '../status/pod-tally.ts';
import { isMissing, sentenceOnPod } from './outcome-words.ts';

/** What agent pods of one workload lack, or have in place of what a policy wants. */
export interface Finding {
  readonly namespace: string;
  /** What made them, such as a Deployment; the pod itself where nothing did. */
  readonly workload: { readonly kind: string; readonly name: string };
  readonly policy: string;
  readonly container?: string;
  /** The variable or mountPath. */
  readonly subject?: string;
  readonly outcome: 'missed' | 'kept' | 'conflict';
  readonly reason: DecisionReason;
  /** For people; may change. */
  readonly sentence: string;
  /** What the entry that was kept refers to. */
  readonly refersTo?: SecretReference;
  readonly pods: number;
}

/** Everything that the agent pods of a policy lack or keep, by workload and container, in the order of their names. */
export function findingsOf({ name }: Policy, { judged }: PodTally): Finding[] {
  const found = judged.flatMap((pods) => findingsIn(name, pods));
  const alike = Map.groupBy(found, (finding) => JSON.stringify({ ...finding, pods: undefined }));
  return [...alike.keys()].toSorted().map((key) => {
    const same = alike.get(key)!;
    return { ...same[0]!, pods: same.reduce((sum, { pods }) => sum + pods, 0) };
  });
}

function findingsIn(policy: string, { group, outcome, outcomes }: JudgedPods): Finding[] {
  if (outcome === 'holding') return [];
  const { namespace, workload, pods } = group;
  const found = outcomes.filter(({ reason }) => isMissing(reason) || isUnmet(reason));
  return found.map(({ container, subject, reason, refersTo }) => ({
    namespace,
    workload: { kind: workload.kind, name: workload.name },
    policy,
    ...(container === undefined ? {} : { container }),
    ...(subject === undefined ? {} : { subject }),
    outcome: outcomeOf(reason),
    reason,
    sentence: sentenceOnPod({ reason, ...(refersTo && { refersTo }) }),
    ...(refersTo ? { refersTo } : {}),
    pods,
  }));
}

function outcomeOf(reason: DecisionReason): Finding['outcome'] {
  if (isMissing(reason)) return 'missed';
  return reason === 'conflict' ? 'conflict' : 'kept';
}
