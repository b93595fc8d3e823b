import type { Decision } from '../../core/injection/decision.ts';
import { selectsEverything } from '../../core/policy/label-selector.ts';
import { reasons } from '../../admission/reasons.ts';
import { alignColumns } from '../align-columns.ts';
import type { PodPreview } from '../../manifests/preview-injection.ts';

/** Describes what would become of a pod, a line for each policy and each thing in a container. */
export function describePod(file: string, pod: PodPreview, namespaceLabelsKnown: boolean): string {
  const { kind, name } = pod.template;
  const lines = [`${kind} ${pod.namespace}/${name} (${file}:${pod.line})`];
  const concerned = pod.decisions.filter(({ decision }) => decision.reason !== 'pod-not-selected');
  if (concerned.length === 0) lines.push(`  no policy selects it: ${names(pod)}`);
  for (const { policy, decision } of concerned) {
    lines.push(`  ${policy.name}: ${decision.reason}: ${reasons[decision.reason]}`);
    if (!namespaceLabelsKnown && !selectsEverything(policy.spec.match.namespaceSelector)) {
      lines.push(
        '    note: its namespaceSelector was taken as satisfied, set --namespace-labels to know',
      );
    }
    lines.push(...describeOutcomes(decision));
  }
  return `${lines.join('\n')}\n`;
}

function names({ decisions }: PodPreview): string {
  const shown = decisions.slice(0, 5).map(({ policy }) => policy.name);
  return decisions.length > shown.length
    ? `${shown.join(', ')} and ${decisions.length - shown.length} more`
    : shown.join(', ');
}

function describeOutcomes({ outcomes, warnings }: Decision): string[] {
  const rows = outcomes.map(({ path, container, subject, reason }) => [
    container ?? path,
    subject ?? '',
    `${reason}: ${reasons[reason]}`,
  ]);
  return [
    ...alignColumns(rows).map((row) => `    ${row}`),
    ...warnings.map(({ message }) => `    warning: ${message}`),
  ];
}
