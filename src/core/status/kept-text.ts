import { type Outcome, type SecretReference, keepsExisting } from '../injection/decision.ts';
import type { DecisionReason } from '../injection/reasons.ts';
import { referenceName } from '../injection/secret-reference.ts';
import { wayOut } from '../injection/way-out.ts';
import { isDnsLabel } from '../kubernetes-names.ts';
import type { Policy } from '../policy/compile-policy.ts';
import { keptSecretText } from './kept-secret.ts';
import { type JudgedPods, type PodTally, mostCommon } from './pod-tally.ts';
import type { SecretView } from './secret-presence.ts';

/** How many agent pods keep what, whether the Secret that it refers to is there, and the ways to get the policy's. */
export function keptText(policy: Policy, tally: PodTally, secrets: SecretView): string {
  const { selected, kept, judged } = tally;
  const { first, pods } = mostCommon(judged.flatMap(keptEntries), ({ outcome }) => [
    outcome.container,
    outcome.subject,
    outcome.reason,
    outcome.refersTo,
  ]);
  const { namespace } = first.group;
  const outcome = withKnownKey(first.outcome, namespace, secrets);
  const { container = '' } = outcome;
  const where = isDnsLabel(container) ? ` in container ${container}` : '';
  const more = kept > pods ? ` ${kept - pods} more keep something else.` : '';
  return [
    `${pods} of ${selected} agent pods keep ${keptEntry(outcome)}${where}.${more}`,
    ...(first.outcome.refersTo ? [presenceText(first.outcome.refersTo, namespace, secrets)] : []),
    `${wayOut(policy, outcome)}.`,
  ].join(' ');
}

/** A policy's status is for more people than the pods are: see keptSecretText. */
function withKnownKey(
  { refersTo, ...outcome }: Outcome,
  namespace: string,
  view: SecretView,
): Outcome {
  if (!refersTo) return outcome;
  const { secret, key } = refersTo;
  const isKnown =
    key !== undefined && view.mayRead(secret) && view.keys(namespace, secret)?.includes(key);
  return { ...outcome, refersTo: isKnown ? refersTo : { secret } };
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

function presenceText(reference: SecretReference, namespace: string, view: SecretView): string {
  const { secret } = reference;
  return view.mayRead(secret)
    ? keptSecretText(reference, namespace, view.keys(namespace, secret))
    : `Whether Secret ${secret} is there is not known: the chart value config.secretNames allows the controller to look.`;
}
