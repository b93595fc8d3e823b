import type { VerdictOnPod } from '../injection/verdict-on-pod.ts';
import type { Problem } from '../policy/problem.ts';
import type { ExplainedReason } from './reasons.ts';
import type { ExplainedOutcome } from './outcome-words.ts';
import type { Condition } from './policy-object.ts';
import type { UnmetRequirement } from './requirements.ts';
import type { PodCount } from './count-pods.ts';
import type { Denial } from './denials.ts';
import type { KeptSecret } from './kept-secrets.ts';
import type { SecretState } from './secret-state.ts';
import type { WaitingContainer } from './subject.ts';

/**
 * What a policy is to a pod, in one word.
 * holds: it has all that the policy wants. lacks: a pod that exists has not. gets: the next pods will have it.
 * would-get: they would, but pods made now do not, for what the reason says. keeps: it has entries of its own, or of
 * another policy, in place of the policy's. left-out: the policy does not concern it. invalid: the policy cannot be used.
 */
export type Verdict = VerdictOnPod | 'gets' | 'would-get' | 'invalid';

/** One policy and one pod. */
export interface PolicyExplanation {
  readonly policy: string;
  readonly verdict: Verdict;
  readonly reason: ExplainedReason;
  /** Meaning of the reason. */
  readonly sentence: string;
  /** Of the policy. */
  readonly createdAt?: string;
  /** What else is to know, as reasons: an annotation that cannot be read, a namespace that is not known. */
  readonly notes: readonly ExplainedReason[];
  readonly unmet: readonly UnmetRequirement[];
  readonly outcomes: readonly ExplainedOutcome[];
  /** Those that the pod refers to because of the policy, or would. */
  readonly secrets: readonly SecretState[];
  /** Those that the pod refers to in place of what the policy wants, as far as they are known. */
  readonly keptSecrets: readonly KeptSecret[];
  /** What the policy's own status says, where it is not well. */
  readonly conditions: readonly (Condition & { readonly type: 'Ready' | 'Reachable' })[];
  /** What is wrong with a policy that cannot be used. */
  readonly problems: readonly Problem[];
}

/** Every policy and one pod, and what to do about it. */
export interface Explanation {
  /** Whether the API server knows of a webhook of ours; unknown where the caller may not see that. */
  readonly installed: 'yes' | 'no' | 'unknown';
  readonly policies: readonly PolicyExplanation[];
  /** What the pods that a workload has are to each policy that concerns it; none where they may not be listed. */
  readonly pods: readonly PodCount[];
  /** Pods of a workload that the API server denied for want of a token. */
  readonly denied: readonly Denial[];
  readonly waiting: readonly WaitingContainer[];
  /** In the order in which it is to be done. */
  readonly advice: readonly Advice[];
}

/** Something to do. */
export interface Advice {
  /** The policies that it is about; none where it is about all. */
  readonly policies: readonly string[];
  readonly text: string;
  /** A command that does it; words in capitals are to be filled in. */
  readonly command?: string;
}
