import { reasons } from '../../admission/reasons.ts';
import type { DecisionReason } from '../../core/injection/reasons.ts';
import type { Policy } from '../../core/policy/compile-policy.ts';
import type { PolicySet } from '../../core/policy/policy-set.ts';
import type { PodPreview } from '../../manifests/preview-injection.ts';

interface Place {
  readonly where: string;
  readonly reason: DecisionReason;
}

/** Says of each variable and file of policies how many of the containers get it, and why the others do not. */
export function describeEffect({ policies }: PolicySet, pods: readonly PodPreview[]): string {
  return policies
    .flatMap((policy) => {
      const subjects = new Map(policy.secretKeys.map((one) => [one.subject, one.key]));
      return [...subjects].flatMap(([subject, key]) => {
        const places = placesOf(policy, subject, pods);
        const without = places.filter(({ reason }) => !holds(reason));
        const of = [policy.spec.secret.name, key].filter((one) => one !== undefined).join('/');
        return [
          `${policy.name}: ${places.length - without.length} of ${places.length} containers get ${subject} from ${of}`,
          ...without.map(({ where, reason }) => `  not ${where}: ${reasons[reason]}`),
        ];
      });
    })
    .map((line) => `${line}\n`)
    .join('');
}

function placesOf(policy: Policy, subject: string, pods: readonly PodPreview[]): Place[] {
  return pods.flatMap(({ template, decisions }) =>
    decisions
      .filter((one) => one.policy === policy)
      .flatMap(({ decision }) =>
        decision.outcomes
          .filter((outcome) => outcome.subject === subject && outcome.container !== undefined)
          .map(({ container, reason }) => ({
            where: `${container} of ${template.kind} ${template.name}`,
            reason,
          })),
      ),
  );
}

function holds(reason: DecisionReason): boolean {
  return /^(env-(added|present|replaced-\w+)|file-(added|present|path-nested|replaced))$/.test(
    reason,
  );
}
