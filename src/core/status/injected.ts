import type { Policy } from '../policy/compile-policy.ts';
import { type ConditionState, conditionState } from './conditions.ts';
import { keptText } from './kept-text.ts';
import { missedText } from './missed-text.ts';
import type { PodTally } from './pod-tally.ts';

/** Whether the agent pods of a policy hold what it wants, judged from the pods that there are. */
export function injected(policy: Policy, tally: PodTally, knowsPods: boolean): ConditionState {
  const { selected, kept, missed } = tally;
  if (!knowsPods)
    return conditionState(
      'Injected',
      'NotPermitted',
      'Pods and namespaces could not be read, see the log of the controller.',
    );
  if (selected === 0)
    return conditionState(
      'Injected',
      'NoAgentPods',
      'No pod that the policy selects is running yet.',
    );
  if (missed + kept === 0)
    return conditionState(
      'Injected',
      'AllHold',
      selected === 1
        ? 'The one agent pod holds all that the policy wants.'
        : `All ${selected} agent pods hold what the policy wants.`,
    );
  // A pod without any token is worse than one with another.
  return conditionState(
    'Injected',
    missed > 0 ? 'Missed' : 'Kept',
    [
      ...(missed > 0 ? [missedText(tally)] : []),
      ...(kept > 0 ? [keptText(policy, tally)] : []),
    ].join(' '),
  );
}
