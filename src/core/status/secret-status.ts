import { type Condition, conditionState, toCondition } from './conditions.ts';
import { type ObservedPolicy, conditionContext } from './observed-policy.ts';
import { type SecretPresence, presenceOf, secretPresence } from './secret-presence.ts';
import type { SecretView } from './secret-view.ts';

/** What a TokenPolicy says about its Secrets. */
interface SecretStatus extends Pick<SecretPresence, 'namespaces' | 'problems' | 'moreProblems'> {
  readonly conditions: readonly [Condition];
}

/** The same, with what only metrics say. */
export interface SecretReport extends Pick<SecretPresence, 'namespacesByReason'> {
  readonly status: SecretStatus;
}

/** Works out what a policy says about its Secrets; `now` is the time in RFC 3339, in whole seconds. */
export function secretReport(
  observed: ObservedPolicy,
  secrets: SecretView,
  now: string,
): SecretReport {
  const { parsed } = observed;
  const { condition, namespacesByReason, ...counts } = parsed.ok
    ? secretPresence(parsed.policy, secrets)
    : presenceOf(notRead, 0);
  const context = conditionContext(observed, now);
  const conditions = [toCondition('SecretReady', condition, context)] as const;
  return { status: { conditions, ...counts }, namespacesByReason };
}

const notRead = conditionState(
  'SecretReady',
  'Invalid',
  'The policy is invalid, so it is not known which Secret it means.',
);
