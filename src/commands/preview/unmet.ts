import { reasons } from '../../admission/reasons.ts';
import { type Decision, unmetOutcomes } from '../../core/injection/decision.ts';
import { referenceName } from '../../core/injection/secret-reference.ts';
import { matchReasons } from '../../core/policy/reasons.ts';
import type { PodPreview } from '../../manifests/preview-injection.ts';
import { printable } from '../printable.ts';

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

/** Whether a policy does not concern a pod. */
export function isLeftOut({ reason }: Decision): boolean {
  return Object.hasOwn(matchReasons, reason);
}
