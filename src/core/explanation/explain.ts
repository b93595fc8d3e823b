import { type ExplainedReason, explainedReasons } from './reasons.ts';
import { adviseOn } from './advice.ts';
import { countPods } from './count-pods.ts';
import type { Explanation, PolicyExplanation } from './explanation.ts';
import { type JudgingFacts, type Judgement, judgePolicies } from './judge-policy.ts';
import { type RegistrationFacts, findObstacle, obstacleSentence } from './obstacle.ts';
import { explainOutcomes } from './outcome-words.ts';
import type { PolicyObject } from './policy-object.ts';
import { type SecretFact, secretState } from './secret-state.ts';
import { type Subject, waitingContainers } from './subject.ts';
import { verdictOnPod } from '../injection/verdict-on-pod.ts';
import { verdictOnTemplate } from './verdict.ts';

/** What explaining has to know beyond policies and pod. */
export interface ExplanationFacts extends JudgingFacts, RegistrationFacts {
  /** By name, of the pod's namespace; what is not there is not known. */
  readonly secrets: ReadonlyMap<string, SecretFact>;
  /** The pods that a workload has; absent where they are not known. */
  readonly pods?: readonly Subject[];
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
  const concerned = policies.filter(concerns).map(({ policy }) => policy);
  const explained = {
    installed: facts.installed === undefined ? 'unknown' : facts.installed ? 'yes' : 'no',
    policies,
    pods: facts.pods ? countPods(objects, concerned, facts.pods, facts) : [],
    denied: subject.denials,
    waiting: waitingContainers(subject),
  } as const;
  const obstacles = new Map(
    judgements.map(({ object }) => [object.name, findObstacle(object, facts)]),
  );
  return { ...explained, advice: adviseOn(explained, { judgements, obstacles, subject }) };
}

function concerns({ verdict }: PolicyExplanation): boolean {
  return verdict !== 'left-out' && verdict !== 'invalid';
}

function explainJudgement(
  judgement: Judgement,
  subject: Subject,
  facts: ExplanationFacts,
): PolicyExplanation {
  const { object, policy, decision, assumed, unmet } = judgement;
  const obstacle = findObstacle(object, facts);
  const verdict = subject.isPod ? verdictOnPod(decision) : verdictOnTemplate(decision, obstacle);
  const reason = reasonFor(verdict, judgement, subject, facts);
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
    sentence:
      verdict === 'would-get' && obstacle
        ? obstacleSentence(obstacle, policy, object)
        : explainedReasons[reason],
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

function reasonFor(
  verdict: PolicyExplanation['verdict'],
  judgement: Judgement,
  subject: Subject,
  facts: ExplanationFacts,
): ExplainedReason {
  if (verdict === 'lacks') return whyItLacks(judgement, subject, facts);
  const obstacle = verdict === 'would-get' ? findObstacle(judgement.object, facts) : undefined;
  return obstacle ?? judgement.decision.reason;
}

/** Times of the API server are all of one form and zone, so that their texts compare. */
function whyItLacks(
  judgement: Judgement,
  subject: Subject,
  facts: ExplanationFacts,
): ExplainedReason {
  const { createdAt: policyCreated, ready } = judgement.object;
  const { createdAt = '' } = subject;
  if (policyCreated !== undefined && createdAt < policyCreated) return 'pod-before-policy';
  const obstacle = findObstacle(judgement.object, facts);
  // That the webhook is unavailable now does not say that it was when the pod was made.
  if (obstacle !== undefined && obstacle !== 'webhook-not-reached') return obstacle;
  // Within the same second it was most likely before.
  if (ready && createdAt <= ready.lastTransitionTime) return 'pod-before-ready';
  return 'pod-missed';
}

function isUnregistered(
  { policy }: Judgement,
  { installed, registered }: ExplanationFacts,
): boolean {
  return installed !== false && registered !== undefined && !registered.has(policy.name);
}

function badConditions({ ready, reachable }: PolicyObject): PolicyExplanation['conditions'] {
  return [
    ...(ready && (ready.status !== 'True' || ready.outdated)
      ? [{ type: 'Ready' as const, ...ready }]
      : []),
    ...(reachable?.status === 'False' ? [{ type: 'Reachable' as const, ...reachable }] : []),
  ];
}

function explainInvalid({ name, createdAt, parsed, ready }: PolicyObject): PolicyExplanation[] {
  if (parsed.ok) return [];
  // A controller that has registered this very policy could read it.
  const isNewer = ready?.status === 'True' && !ready.outdated;
  const reason = isNewer ? 'policy-newer' : 'policy-invalid';
  return [
    {
      policy: name,
      verdict: 'invalid',
      reason,
      sentence: explainedReasons[reason],
      ...(createdAt === undefined ? {} : { createdAt }),
      notes: [],
      unmet: [],
      outcomes: [],
      conditions: [],
      problems: parsed.problems,
    },
  ];
}
