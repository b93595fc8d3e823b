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
      'Every decision carries one of these codes: in the log, the metrics and the output of `preview` and `explain`.',
      'Codes stay as they are, the sentences may change.',
      'What to do about them is in [Troubleshooting](../troubleshooting.md).',
    ].join('\n'),
    ...section(
      'Of a request',
      'Why a request never got as far as a decision about a pod.',
      ofRequests,
    ),
    ...section(
      'Of a pod that a policy leaves out',
      'Why a policy does not concern a pod.',
      Object.keys(matchReasons),
    ),
    ...section(
      'Of a pod that a policy concerns',
      'What became of the pod, of its containers, and of each variable and file in them.',
      Object.keys(injectionReasons),
    ),
    ...section(
      'Of an explanation',
      'What `explain` finds beside the decision: about the policy, the age of the pod, and the Secret.',
      Object.keys(explanationReasons),
    ),
  ]);
}
