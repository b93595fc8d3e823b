import { adviseOn } from './advice.ts';
import { countPods } from './count-pods.ts';
import { explainInvalid, explainJudgement } from './explain-policy.ts';
import type { Explanation } from './explanation.ts';
import {
  type JudgingFacts,
  type Judgement,
  judgePolicies,
  usablePolicies,
} from './judge-policy.ts';
import { keptReferences } from './kept-secrets.ts';
import type { PolicyObject } from './policy-object.ts';
import { type SecretFact, usedKeys } from './secret-state.ts';
import { type Subject, waitingContainers } from './subject.ts';
import { verdictOnPod } from '../injection/verdict-on-pod.ts';

/** What the policies do to a pod, or to the pods that a workload makes from now on, and what has to be read to explain it. */
export interface JudgedSubject {
  readonly objects: readonly PolicyObject[];
  readonly subject: Subject;
  readonly facts: JudgingFacts;
  readonly judgements: readonly Judgement[];
  /** The policies that concern the pod. */
  readonly concerning: readonly string[];
  /** The Secrets that the pod refers to because of them, or would, or in place of what they want. */
  readonly secretNames: ReadonlySet<string>;
}

/** Judges a pod or workload by every policy. Total, and no input is touched. */
export function judge(
  objects: readonly PolicyObject[],
  subject: Subject,
  facts: JudgingFacts,
): JudgedSubject {
  const judgements = judgePolicies(usablePolicies(objects), subject, facts);
  const concerning = judgements.filter(concerns);
  return {
    objects,
    subject,
    facts,
    judgements,
    concerning: concerning.map(({ policy }) => policy.name),
    secretNames: new Set(
      concerning
        .flatMap((judgement) => [...usedKeys(judgement), ...keptReferences(judgement.decision)])
        .map(({ secret }) => secret),
    ),
  };
}

/** Explains what was judged. Secrets are by name, of the pod's namespace; pods are those of a workload, absent where they are not known. */
export function explain(
  { objects, subject, facts, judgements, concerning }: JudgedSubject,
  secrets: ReadonlyMap<string, SecretFact>,
  pods?: readonly Subject[],
): Explanation {
  const policies = [
    ...judgements.map((judgement) => explainJudgement(judgement, subject, secrets)),
    ...objects.flatMap(explainInvalid),
  ].toSorted((a, b) => (a.policy < b.policy ? -1 : 1));
  const explained = {
    installed: facts.installed === undefined ? 'unknown' : facts.installed ? 'yes' : 'no',
    policies,
    pods: pods ? countPods(objects, concerning, pods, { ...facts, secrets }) : [],
    denied: subject.denials,
    waiting: waitingContainers(subject),
  } as const;
  return { ...explained, advice: adviseOn(explained, judgements, subject) };
}

function concerns({ decision }: Judgement): boolean {
  return verdictOnPod(decision) !== 'left-out';
}
