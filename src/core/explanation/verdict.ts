import type { Decision } from '../injection/decision.ts';
import { type VerdictOnPod, verdictOnPod } from '../injection/verdict-on-pod.ts';
import type { Obstacle } from './obstacle.ts';

/**
 * What a policy is to a pod, in one word.
 * holds: it has all that the policy wants. lacks: a pod that exists has not. gets: the next pods will have it.
 * would-get: they would, but pods made now do not, for what the reason says. keeps: it has entries of its own, or of
 * another policy, in place of the policy's. left-out: the policy does not concern it. invalid: the policy cannot be used.
 */
export type Verdict = VerdictOnPod | 'gets' | 'would-get' | 'invalid';

/** What a decision on a template means for the pods that are made from it. */
export function verdictOnTemplate(decision: Decision, obstacle: Obstacle | undefined): Verdict {
  if (decision.changed) return obstacle === undefined ? 'gets' : 'would-get';
  return verdictOnPod(decision);
}
