import { type Outcome, keepsExisting } from '../injection/decision.ts';
import type { DecisionReason } from '../injection/reasons.ts';
import { referenceName } from '../injection/secret-reference.ts';
import { wayOut } from '../injection/way-out.ts';
import { isDnsLabel } from '../kubernetes-names.ts';
import type { Policy } from '../policy/compile-policy.ts';
import { type JudgedPods, type PodTally, mostCommon } from './pod-tally.ts';

/** How many agent pods keep what, how to see whether the Secret that it refers to is there, and the ways to get the policy's. */
export function keptText(policy: Policy, tally: PodTally): string {
  const { selected, kept, judged } = tally;
  const { first, pods } = mostCommon(judged.flatMap(keptEntries), ({ outcome }) => [
    outcome.container,
    outcome.subject,
    outcome.reason,
    outcome.refersTo,
  ]);
  const outcome = withoutKey(first.outcome);
  const { container = '', refersTo } = outcome;
  const where = isDnsLabel(container) ? ` in container ${container}` : '';
  const more = kept > pods ? ` ${kept - pods} more keep something else.` : '';
  return [
    `${pods} of ${selected} agent pods keep ${keptEntry(outcome)}${where}.${more}`,
    ...(refersTo
      ? [`token-injector explain tells whether Secret ${refersTo.secret} is there.`]
      : []),
    `${wayOut(policy, outcome)}.`,
  ].join(' ');
}

/** A policy's status is for more people than the pods are, and a token may have been written in place of a key. */
function withoutKey({ refersTo, ...outcome }: Outcome): Outcome {
  return refersTo ? { ...outcome, refersTo: { secret: refersTo.secret } } : outcome;
}

function keptEntries({ group, outcome, outcomes }: JudgedPods) {
  if (outcome !== 'kept') return [];
  const entries = outcomes.filter(({ reason }) => reason in words || keepsExisting(reason));
  return entries.map((entry) => ({ group, outcome: entry }));
}

const words: Partial<Record<DecisionReason, string>> = {
  conflict: "another policy's",
  'container-malformed': 'a malformed entry',
  'env-kept-literal': 'a written-out',
  'env-kept-reference': 'their own',
  'file-path-occupied': 'another mount at',
  'file-volume-occupied': 'another volume',
};

function keptEntry({ reason, subject = '', refersTo }: Outcome): string {
  const entry = `${words[reason]} ${subject}`.trimEnd();
  return refersTo ? `${entry} -> ${referenceName(refersTo)}` : entry;
}
