import type { PolicySet } from '../core/policy/policy-set.ts';

/** The policies that requests are answered by. */
export interface PoliciesInForce {
  /** Those of this moment. */
  readonly current: PolicySet;
  /**
   * Asks where policies come from about one that is not in `current`, where there is anybody to ask. Resolves with what
   * is in force then; rejects with PolicyUnavailable, or with the reason of the signal, which ends the question.
   */
  lookUp?(name: string, signal: AbortSignal): Promise<PolicySet>;
}

/** A request cannot be decided for want of its policy; the message is fit for whoever creates the pod. */
export class PolicyUnavailable extends Error {
  override readonly name = 'PolicyUnavailable';
  readonly statusCode = 500;
}
