import { code, generatedFrom, page, table } from './markdown.ts';

type Reasons = Readonly<Record<string, string>>;

/** The page of all reasons, each below the part of the code that gives it. */
export function reasonsPage(
  reasons: Reasons,
  parts: { matchReasons: Reasons; injectionReasons: Reasons; explanationReasons: Reasons },
): string {
  const { matchReasons, injectionReasons, explanationReasons } = parts;
  const ofRequests = Object.keys(reasons).filter((reason) =>
    Object.values(parts).every((part) => !Object.hasOwn(part, reason)),
  );
  const section = (heading: string, explanation: string, codes: readonly string[]) => [
    `## ${heading}`,
    explanation,
    table(
      ['Reason', 'Meaning'],
      codes.toSorted().map((reason) => [code(reason), reasons[reason] ?? '']),
    ),
  ];
  return page([
    generatedFrom('src/admission/reasons.ts'),
    '# Reasons',
    [
      'Every decision has one of these codes, in the log, the metrics and the output of `preview` and `explain`.',
      'Codes are stable. The sentences can change.',
      '[Troubleshooting](../troubleshooting.md) says what to do about them.',
    ].join('\n'),
    ...section('Requests', 'Why a request did not lead to a decision about a pod.', ofRequests),
    ...section(
      'Pods that a policy does not apply to',
      'Why a policy does not apply to a pod.',
      Object.keys(matchReasons),
    ),
    ...section(
      'Pods that a policy applies to',
      'What happened to the pod, to its containers, and to each variable and file in them.',
      Object.keys(injectionReasons),
    ),
    ...section(
      'Explanations',
      'What `explain` reports in addition to the decision: about the policy, the age of the pod, and the Secret.',
      Object.keys(explanationReasons),
    ),
  ]);
}
