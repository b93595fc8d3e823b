import { reasons } from '../../admission/reasons.ts';
import { type Decision, keepsExisting } from '../../core/injection/decision.ts';
import { type DecisionReason, injectionReasons } from '../../core/injection/reasons.ts';
import { matchReasons } from '../../core/policy/reasons.ts';
import type { PodPreview } from '../../manifests/preview-injection.ts';
import { UsageError } from '../usage-error.ts';
import { idlePolicies } from './idle-policies.ts';

type Previewed = Pick<PodPreview, 'decisions'>;

/** Reads the outcomes to fail on, and tells whether pods have one of them. */
export function readFailOn(names: readonly string[]): (pods: readonly Previewed[]) => boolean {
  for (const name of names) if (!isJudged(name)) throw new UsageError(refusal(name));
  return (pods) =>
    (names.includes(noneSelected) && idlePolicies(pods).length > 0) ||
    pods.some(({ decisions }) =>
      decisions.some(({ decision }) => names.some((name) => has(decision, name))),
    );
}

const noneSelected = 'none-selected';

function isJudged(name: string): boolean {
  const isDecision = Object.hasOwn(matchReasons, name) || Object.hasOwn(injectionReasons, name);
  return name === noneSelected || (isDecision && !ofRequests.includes(name));
}

// No manifest asks to add a container to a pod that runs.
const ofRequests: readonly string[] = [
  'ephemeral-containers-not-selected',
  'no-new-container',
] satisfies DecisionReason[];

function refusal(name: string): string {
  const problem = Object.hasOwn(reasons, name)
    ? 'is a reason that preview does not judge, only a cluster shows it'
    : `is neither ${noneSelected} nor a reason such as kept, conflict or no-container-selected`;
  return `--fail-on: ${JSON.stringify(name)} ${problem}`;
}

/**
 * Whether a decision has a reason, itself, of a container or in a warning; what one container keeps makes the pod one
 * that keeps.
 */
function has(decision: Decision, name: string): boolean {
  const { outcomes, warnings } = decision;
  const found = [decision, ...outcomes, ...warnings].map(({ reason }) => reason);
  return (found as string[]).includes(name) || (name === 'kept' && found.some(keepsExisting));
}
