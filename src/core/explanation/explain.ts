import { type ReasonCode, reasons } from '../reasons.ts';
import { adviseOn } from './advice.ts';
import type { Explanation, PolicyExplanation, Verdict } from './explanation.ts';
import { type JudgingFacts, type Judgement, judgePolicies } from './judge-policy.ts';
import { explainOutcomes } from './outcome-words.ts';
import type { PolicyObject } from './policy-object.ts';
import { type SecretFact, secretState } from './secret-state.ts';
import { type Subject, waitingContainers } from './subject.ts';

/** What explaining has to know beyond policies and pod. */
export interface ExplanationFacts extends JudgingFacts {
  /** Policies that are registered with the API server; absent where the caller may not see it. */
  readonly registered?: ReadonlySet<string>;
  /** By name, of the pod's namespace; what is not there is not known. */
  readonly secrets: ReadonlyMap<string, SecretFact>;
}

/** Explains what every policy does to a pod, or to the pods that a workload makes from now on. Total, and no input is touched. */
export function explain(
  objects: readonly PolicyObject[],
  subject: Subject,
  facts: ExplanationFacts,
): Explanation {
  const judgements = judgePolicies(objects, subject, facts);
  const judged = judgements.map((judgement) => explainJudgement(judgement, subject, facts));
  const invalid = objects.flatMap(explainInvalid);
  const policies = [...judged, ...invalid].toSorted((a, b) => (a.policy < b.policy ? -1 : 1));
  return {
    policies,
    waiting: waitingContainers(subject),
    advice: adviseOn(policies, judgements, subject),
  };
}

function explainJudgement(
  judgement: Judgement,
  subject: Subject,
  facts: ExplanationFacts,
): PolicyExplanation {
  const { object, policy, decision, assumed, unmet } = judgement;
  const verdict = verdictOn(judgement, subject);
  const reason = verdict === 'lacks' ? whyItLacks(judgement, subject, facts) : decision.reason;
  const concerned = verdict !== 'left-out';
  const fact = facts.secrets.get(policy.spec.secret.name) ?? 'unknown';
  const problems = object.problems.filter(({ namespace }) => namespace === subject.namespace);
  const secret = concerned && secretState(policy, decision.outcomes, fact, problems);
  const notes = decision.warnings.flatMap(({ reason: code }) =>
    code.startsWith('annotation-') ? [code] : [],
  );
  return {
    policy: policy.name,
    verdict,
    reason,
    sentence: reasons[reason],
    ...(object.createdAt === undefined ? {} : { createdAt: object.createdAt }),
    notes: [
      ...new Set(notes),
      ...(assumed && concerned ? (['namespace-labels-unknown'] as const) : []),
      ...(concerned && reason !== 'policy-not-registered' && isUnregistered(judgement, facts)
        ? (['policy-not-registered'] as const)
        : []),
    ],
    unmet,
    outcomes: explainOutcomes(policy, subject, decision),
    ...(secret ? { secret } : {}),
    conditions: concerned ? badConditions(object) : [],
    problems: [],
  };
}

function verdictOn({ decision }: Judgement, { isPod }: Subject): Verdict {
  if (decision.changed) return isPod ? 'lacks' : 'gets';
  if (decision.reason === 'already-injected') return 'holds';
  return decision.reason === 'kept' || decision.reason === 'conflict' ? 'keeps' : 'left-out';
}

/** Times of the API server are all of one form and zone, so that their texts compare. */
function whyItLacks(judgement: Judgement, subject: Subject, facts: ExplanationFacts): ReasonCode {
  const { createdAt: policyCreated, ready } = judgement.object;
  const { createdAt = '' } = subject;
  if (policyCreated !== undefined && createdAt < policyCreated) return 'pod-before-policy';
  if (ready && ready.status !== 'True') return 'policy-not-ready';
  if (isUnregistered(judgement, facts)) return 'policy-not-registered';
  // Within the same second it was most likely before.
  if (ready && createdAt <= ready.lastTransitionTime) return 'pod-before-ready';
  return 'pod-missed';
}

function isUnregistered({ policy }: Judgement, { registered }: ExplanationFacts): boolean {
  return registered !== undefined && !registered.has(policy.name);
}

function badConditions({ ready, reachable }: PolicyObject): PolicyExplanation['conditions'] {
  return [
    ...(ready && (ready.status !== 'True' || ready.outdated)
      ? [{ type: 'Ready' as const, ...ready }]
      : []),
    ...(reachable?.status === 'False' ? [{ type: 'Reachable' as const, ...reachable }] : []),
  ];
}

function explainInvalid({ name, createdAt, parsed }: PolicyObject): PolicyExplanation[] {
  if (parsed.ok) return [];
  return [
    {
      policy: name,
      verdict: 'invalid',
      reason: 'policy-invalid',
      sentence: reasons['policy-invalid'],
      ...(createdAt === undefined ? {} : { createdAt }),
      notes: [],
      unmet: [],
      outcomes: [],
      conditions: [],
      problems: parsed.problems,
    },
  ];
}
