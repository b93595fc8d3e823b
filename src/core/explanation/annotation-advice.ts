import { containersAnnotation, injectAnnotation } from '../identity.ts';
import type { Policy } from '../policy/compile-policy.ts';
import type { Advice, PolicyExplanation } from './explanation.ts';
import { selectorKeys } from './requirements.ts';
import type { Subject } from './subject.ts';

/** Something to do for one policy. */
export type Item = Omit<Advice, 'policies'>;

/** What whoever owns a pod that a policy leaves out can do about it. */
export function adviseOnAnnotations(
  explanation: PolicyExplanation,
  policy: Policy,
  subject: Subject,
): Item[] {
  const { reason, unmet } = explanation;
  if (reason === 'pod-not-selected')
    return isLabelledInstead(policy, subject) ? [misplaced('labels', subject)] : [];
  // Where a selector leaves the pod out as well, an annotation does not help.
  if (unmet.length > 0) return [];
  if (reason === 'annotation-missing') return [ask(explanation, subject)];
  const text = {
    'annotation-false': `To get the token, take ${injectAnnotation}: "false" off ${where(subject)}`,
    'annotation-other-policies': `To get the token, add "${policy.name}" to the annotation ${injectAnnotation} of ${where(subject)}`,
    'no-container-selected': containersText(explanation, subject),
    'excluded-namespace':
      'To serve this namespace, an administrator has to take it out of the chart value excludedNamespaces',
    'own-namespace':
      'Run it in another namespace; the one of token-injector itself is always left out',
    'system-namespace':
      'To serve this namespace, an administrator has to set match.systemNamespaces: true in the policy',
  }[reason as string];
  return text === undefined ? [] : [{ text }];
}

/** Whether a workload carries the labels itself that its pods should have. */
function isLabelledInstead({ spec, selectsPod }: Policy, { isPod, labels }: Subject): boolean {
  const { podSelector } = spec.match;
  const carries = selectorKeys(podSelector).some((key) => Object.hasOwn(labels, key));
  return !isPod && carries && selectsPod(labels);
}

function ask({ policy, notes }: PolicyExplanation, subject: Subject): Item {
  if (!subject.isPod && Object.hasOwn(subject.annotations, injectAnnotation))
    return misplaced(`annotation ${injectAnnotation}`, subject);
  const verb = notes.includes('annotation-inject-bad') ? 'correct the annotation to' : 'set';
  return {
    text: `To get the token, ${verb} ${injectAnnotation}: "${policy}" on ${where(subject)}`,
  };
}

function containersText({ outcomes, notes }: PolicyExplanation, subject: Subject) {
  return notes.includes('annotation-container-unknown') ||
    outcomes.some(({ reason }) => reason === 'container-not-named')
    ? `To get the token, correct the names in the annotation ${containersAnnotation} of ${where(subject)}`
    : undefined;
}

function misplaced(what: string, { kind }: Subject): Item {
  return {
    text: `The ${kind} has the ${what}, its pod template has not; only the template counts, so put them there`,
  };
}

function where({ isPod }: Subject): string {
  return isPod ? 'the pod, or the pod template of its workload' : 'the pod template';
}
