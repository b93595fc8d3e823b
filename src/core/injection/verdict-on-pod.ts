import type { Decision } from './decision.ts';

/** What a policy is to a pod that exists; one that it leaves out does not concern it. */
export type VerdictOnPod = 'holds' | 'lacks' | 'keeps' | 'left-out';

/** What a decision means for a pod that exists. */
export function verdictOnPod(decision: Decision): VerdictOnPod {
  if (decision.changed) return 'lacks';
  if (decision.reason === 'already-injected') return 'holds';
  return decision.reason === 'kept' || decision.reason === 'conflict' ? 'keeps' : 'left-out';
}
