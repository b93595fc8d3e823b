import { adviseOnLeftOut } from '../../core/explanation/advice.ts';
import { explainJudgement } from '../../core/explanation/explain-policy.ts';
import type { Judgement } from '../../core/explanation/judge-policy.ts';
import { unmetText } from '../../core/explanation/requirements.ts';
import { containerCounts } from '../../core/injection/container-counts.ts';
import type { Decision } from '../../core/injection/decision.ts';
import { reasons } from '../../admission/reasons.ts';
import { alignColumns } from '../align-columns.ts';
import type { PodPreview } from '../../manifests/preview-injection.ts';
import { printable } from '../printable.ts';
import { isLeftOut } from './unmet.ts';

/** Describes what would become of a pod, a line for each policy and each thing in a container. */
export function describePod(file: string, pod: PodPreview): string {
  const { template, decisions } = pod;
  const isNobodys = decisions.every(({ decision }) => isLeftOut(decision));
  const told = decisions.map((judgement) => describeJudgement(judgement, pod));
  // Of policies for other pods only those are told that may have been meant for this one, which one that is served is not.
  const shown = told.filter(
    ({ isOfOthers, isAdvised }, index) => !isOfOthers || (isNobodys && (isAdvised || index < 5)),
  );
  const more = isNobodys ? told.length - shown.length : 0;
  return [
    `${template.kind} ${pod.namespace}/${template.name} (${file}:${pod.line})`,
    ...(isNobodys ? ['  no policy selects it'] : []),
    ...shown.flatMap(({ lines }) => lines),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

function describeJudgement(judgement: Judgement, { subject }: PodPreview) {
  const { policy, decision } = judgement;
  const { reason } = decision;
  if (!isLeftOut(decision)) {
    const counts = decision.changed ? containerCounts(decision) : undefined;
    const lines = [
      `  ${policy.name}: ${reason}: ${counts ?? reasons[reason]}`,
      ...(judgement.assumed
        ? ['    note: its namespaceSelector was taken as satisfied, set --namespace-labels to know']
        : []),
      ...describeOutcomes(decision),
    ];
    return { isOfOthers: false, isAdvised: false, lines };
  }
  const explained = explainJudgement(judgement, subject, new Map());
  const advice = adviseOnLeftOut(explained, judgement, subject);
  return {
    isOfOthers: reason === 'pod-not-selected',
    isAdvised: advice.length > 0,
    lines: [
      `  ${policy.name}: ${reason}: ${unmetText(explained, subject.isPod) ?? reasons[reason]}`,
      ...decision.warnings.map(({ message }) => `    warning: ${message}`),
      ...advice.map(({ text }) => `    hint: ${text}`),
    ],
  };
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
