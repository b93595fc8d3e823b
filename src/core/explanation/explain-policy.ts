import { verdictOnPod } from '../injection/verdict-on-pod.ts';
import type { PolicyExplanation, Verdict } from './explanation.ts';
import type { Judgement } from './judge-policy.ts';
import { keptSecrets } from './kept-secrets.ts';
import { obstacleSentence } from './obstacle.ts';
import { explainOutcomes } from './outcome-words.ts';
import type { PolicyObject } from './policy-object.ts';
import { type ExplainedReason, explainedReasons } from './reasons.ts';
import { type SecretFact, secretStates } from './secret-state.ts';
import type { Subject } from './subject.ts';

/** Explains what one policy does to a pod; Secrets are by name. */
export function explainJudgement(
  judgement: Judgement,
  subject: Subject,
  secrets: ReadonlyMap<string, SecretFact>,
): PolicyExplanation {
  const { object, policy, decision, obstacles } = judgement;
  const [obstacle] = obstacles;
  const verdict = verdictOn(judgement, subject);
  const reason = reasonFor(verdict, judgement, subject);
  const concerned = verdict !== 'left-out';
  return {
    policy: policy.name,
    verdict,
    reason,
    sentence:
      verdict === 'would-get' && obstacle
        ? obstacleSentence(obstacle, policy, object)
        : explainedReasons[reason],
    ...(object.createdAt === undefined ? {} : { createdAt: object.createdAt }),
    notes: notesOn(judgement, reason, concerned),
    unmet: concerned ? [] : judgement.unmet(),
    outcomes: explainOutcomes(policy, subject, decision),
    secrets: concerned ? secretStates(judgement, subject.namespace, secrets) : [],
    keptSecrets: keptSecrets(decision, subject.namespace, secrets),
    conditions: concerned ? badConditions(object) : [],
    problems: [],
  };
}

/** Explains a policy that cannot be used; nothing is said of others. */
export function explainInvalid({
  name,
  createdAt,
  parsed,
  ready,
}: PolicyObject): PolicyExplanation[] {
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
      secrets: [],
      keptSecrets: [],
      conditions: [],
      problems: parsed.problems,
    },
  ];
}

function verdictOn({ decision, obstacles }: Judgement, { isPod }: Subject): Verdict {
  if (isPod || !decision.changed) return verdictOnPod(decision);
  return obstacles.length === 0 ? 'gets' : 'would-get';
}

/** Times of the API server are all of one form and zone, so that their texts compare. */
function reasonFor(
  verdict: Verdict,
  { object, decision, obstacles: [obstacle] }: Judgement,
  { createdAt = '' }: Subject,
): ExplainedReason {
  if (verdict === 'would-get' && obstacle) return obstacle;
  if (verdict !== 'lacks') return decision.reason;
  if (object.createdAt !== undefined && createdAt < object.createdAt) return 'pod-before-policy';
  // That the webhook is unavailable now does not say that it was when the pod was made.
  if (obstacle !== undefined && obstacle !== 'webhook-not-reached') return obstacle;
  // Within the same second it was most likely before.
  const { ready } = object;
  return ready && createdAt <= ready.lastTransitionTime ? 'pod-before-ready' : 'pod-missed';
}

function notesOn(
  { decision, assumed, unregistered }: Judgement,
  reason: ExplainedReason,
  concerned: boolean,
): ExplainedReason[] {
  const codes = decision.warnings.map((warning) => warning.reason);
  const notes = new Set<ExplainedReason>(codes.filter((code) => code.startsWith('annotation-')));
  if (concerned && assumed) notes.add('namespace-labels-unknown');
  if (concerned && unregistered && reason !== 'policy-not-registered')
    notes.add('policy-not-registered');
  return [...notes];
}

function badConditions({ ready, reachable }: PolicyObject): PolicyExplanation['conditions'] {
  const isBad = ready && (ready.status !== 'True' || ready.outdated);
  return [
    ...(isBad ? [{ type: 'Ready' as const, ...ready }] : []),
    ...(reachable?.status === 'False' ? [{ type: 'Reachable' as const, ...reachable }] : []),
  ];
}
