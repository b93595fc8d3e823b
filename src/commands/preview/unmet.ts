import { type ReasonCode, reasons } from '../../admission/reasons.ts';
import { type Decision, keepsExisting, unmetOutcomes } from '../../core/injection/decision.ts';
import { referenceName } from '../../core/injection/secret-reference.ts';
import { matchReasons } from '../../core/policy/reasons.ts';
import type { PodPreview } from '../../manifests/preview-injection.ts';
import { printable } from '../printable.ts';
import { UsageError } from '../usage-error.ts';

type Previewed = Pick<PodPreview, 'decisions'>;

/** Lines about what policies wanted in a pod and do not give it: green without effect is the worst failure. */
export function unmetLines(
  file: string,
  { line, template, namespace, decisions }: PodPreview,
): string[] {
  const place = `${file}:${line}: ${template.kind} ${namespace}/${template.name}`;
  return decisions.flatMap(({ policy, decision }) =>
    unmetOutcomes(decision).map(({ container, subject, reason, refersTo }) => {
      const there = refersTo && `-> ${referenceName(refersTo)}`;
      const what = [container, subject, there].filter((part) => part !== undefined).join(' ');
      const found = [place, policy.name, ...(what === '' ? [] : [what]), reason, reasons[reason]];
      return printable(found.join(': '));
    }),
  );
}

/** A line where no policy selects any of the pods. */
export function noneSelectedLines(pods: readonly Previewed[]): string[] {
  if (!isNoneSelected(pods)) return [];
  return [`no policy selects ${pods.length === 1 ? 'the pod' : `any of the ${pods.length} pods`}`];
}

/** Reads the outcomes to fail on, and tells whether pods have one of them. */
export function readFailOn(names: readonly string[]): (pods: readonly Previewed[]) => boolean {
  const unknown = names.find((name) => name !== noneSelected && !Object.hasOwn(reasons, name));
  if (unknown !== undefined)
    throw new UsageError(
      `--fail-on: ${JSON.stringify(unknown)} is neither ${noneSelected} nor a reason such as kept, conflict or no-container-selected`,
    );
  return (pods) =>
    (names.includes(noneSelected) && isNoneSelected(pods)) ||
    pods.some(({ decisions }) =>
      decisions.some(({ decision }) => names.some((name) => has(decision, name as ReasonCode))),
    );
}

const noneSelected = 'none-selected';

function isNoneSelected(pods: readonly Previewed[]): boolean {
  return (
    pods.length > 0 &&
    pods.every(({ decisions }) => decisions.every(({ decision }) => isLeftOut(decision)))
  );
}

/** Whether a policy does not concern a pod. */
export function isLeftOut({ reason }: Decision): boolean {
  return Object.hasOwn(matchReasons, reason);
}

/** Whether a decision has a reason, itself or of a container; what one container keeps makes the pod one that keeps. */
function has(decision: Decision, name: ReasonCode): boolean {
  const found = [decision, ...decision.outcomes].map(({ reason }) => reason);
  return (found as ReasonCode[]).includes(name) || (name === 'kept' && found.some(keepsExisting));
}
