import { isLivePod, phaseOf } from '../injection/pod.ts';
import { verdictOnPod } from '../injection/verdict-on-pod.ts';
import {
  type JudgingFacts,
  type Judgement,
  judgePolicies,
  usablePolicies,
} from './judge-policy.ts';
import type { PolicyObject } from './policy-object.ts';
import { type SecretFact, secretStates } from './secret-state.ts';
import { type Subject, waitingContainers } from './subject.ts';

/** How many pods of a workload are what to a policy; each is counted once. */
export interface PodCount {
  readonly policy: string;
  /** They have the token. */
  readonly holds: number;
  /** They refer to the token and cannot start, because of the Secret. */
  readonly waits: number;
  readonly lacks: number;
  /** They have entries of their own, or of another policy. */
  readonly keeps: number;
  /** The policy does not concern them, though it does the pods that are made now. */
  readonly leftOut: number;
}

/** Judges the pods of a workload by the given policies, as if each were asked about; those that have ended do not count. */
export function countPods(
  objects: readonly PolicyObject[],
  names: readonly string[],
  pods: readonly Subject[],
  facts: JudgingFacts & { readonly secrets: ReadonlyMap<string, SecretFact> },
): PodCount[] {
  const counts = new Map(names.map((name) => [name, { ...none }]));
  const policies = usablePolicies(objects);
  for (const pod of pods.filter((subject) => isLivePod(subject.pod))) {
    for (const judgement of judgePolicies(policies, pod, facts)) {
      const count = counts.get(judgement.policy.name);
      if (count) count[stateOf(judgement, pod, facts.secrets)] += 1;
    }
  }
  return [...counts].map(([policy, count]) => ({ policy, ...count }));
}

const none = { holds: 0, waits: 0, lacks: 0, keeps: 0, leftOut: 0 };

function stateOf(
  judgement: Judgement,
  pod: Subject,
  secrets: ReadonlyMap<string, SecretFact>,
): keyof typeof none {
  const verdict = verdictOnPod(judgement.decision);
  if (verdict === 'left-out') return 'leftOut';
  return verdict === 'holds' && isWaiting(judgement, pod, secrets) ? 'waits' : verdict;
}

// For a file the kubelet waits without a word in the status, so what is known of the Secret counts as well.
function isWaiting(
  judgement: Judgement,
  pod: Subject,
  secrets: ReadonlyMap<string, SecretFact>,
): boolean {
  const names = new Set(judgement.policy.secretKeys.map(({ secret }) => secret));
  const isOurs = (message: string) => [...names].some((name) => message.includes(name));
  if (waitingContainers(pod).some(({ message }) => isOurs(message))) return true;
  if (phaseOf(pod.pod) !== 'Pending') return false;
  return secretStates(judgement, pod.namespace, secrets).some(({ blocks }) => blocks);
}
