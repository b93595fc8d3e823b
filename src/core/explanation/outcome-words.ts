import type { Decision, Outcome } from '../injection/decision.ts';
import type { DecisionReason } from '../injection/reasons.ts';
import { referenceName } from '../injection/secret-reference.ts';
import { compileGlob, isInjectedSidecar } from '../policy/containers.ts';
import type { Policy } from '../policy/compile-policy.ts';
import { type ExplainedReason, explainedReasons } from './reasons.ts';
import type { Subject } from './subject.ts';

/** What became of one thing that a policy wanted, or would become of it. */
export interface ExplainedOutcome extends Outcome {
  /** For people; may change. */
  readonly sentence: string;
}

type Words = Partial<Record<ExplainedReason, string>>;

// The table of reasons speaks of a pod that was just decided on: these pods exist already, or do not exist yet.
const ofPod: Words = {
  'env-added': 'The variable is missing.',
  'env-replaced-field': 'The variable has a field of the pod instead of the reference.',
  'env-replaced-literal': 'The variable has a written-out value instead of the reference.',
  'env-replaced-reference': 'The variable refers to something else.',
  'file-added': 'The folder with the files is not mounted.',
  'file-replaced': 'The mount shows another volume than the folder with the files.',
};
/** Whether a reason says that a pod that exists lacks something which the policy would set in a new one. */
export function isMissing(reason: DecisionReason): boolean {
  return Object.hasOwn(ofPod, reason);
}

/** Says what an outcome means for a pod that exists. */
export function sentenceOnPod(outcome: Pick<Outcome, 'reason' | 'refersTo'>): string {
  return sentenceIn(ofPod, outcome);
}

const ofPodsToCome: Words = {
  conflict: 'Another policy writes what this one wants to write; it is kept.',
  'env-added': 'The variable will be added.',
  'env-replaced-field': 'The variable has a field of the pod, which the reference will replace.',
  'env-replaced-literal': 'The variable has a written-out value, which the reference will replace.',
  'env-replaced-reference': 'The variable refers to something else, which will be replaced.',
  'env-kept-literal': 'The variable has a written-out value, which the policy keeps.',
  'env-kept-reference': 'The variable refers to something else, which the policy keeps.',
  'file-added': 'The folder with the files will be mounted.',
  'file-replaced':
    'The mount shows another volume, in whose place the folder with the files comes.',
};

/** Says what became of each thing, and of a container that is left out which rule does it. */
export function explainOutcomes(
  policy: Policy,
  subject: Subject,
  { outcomes }: Decision,
): ExplainedOutcome[] {
  const words = subject.isPod ? ofPod : ofPodsToCome;
  return outcomes.map((outcome) => {
    const { reason, container } = outcome;
    const sentence =
      reason === 'container-not-selected' && container !== undefined
        ? leftOut(policy, container)
        : sentenceIn(words, outcome);
    return { ...outcome, sentence };
  });
}

function sentenceIn(words: Words, outcome: Pick<Outcome, 'reason' | 'refersTo'>): string {
  const { reason, refersTo } = outcome;
  const sentence = words[reason] ?? explainedReasons[reason];
  return refersTo ? `${sentence} It is ${referenceName(refersTo)}.` : sentence;
}

function leftOut({ spec }: Policy, container: string): string {
  const { include, exclude } = spec.match.containers;
  const glob = exclude.find((pattern) => compileGlob(pattern)(container));
  if (glob === undefined && isInjectedSidecar(container))
    return `The policy leaves the container out: it has the name of a sidecar that others add; containers.include can name it.`;
  return glob === undefined
    ? `The policy leaves the container out: containers.include is ${quoted(include)}.`
    : `The policy leaves the container out: containers.exclude has ${quoted([glob])}.`;
}

const quoted = (names: readonly string[]): string =>
  names.map((name) => JSON.stringify(name)).join(', ');
