import { documentationUrl } from '../documentation-url.ts';
import { keepsExisting } from '../injection/decision.ts';
import { wayOut } from '../injection/way-out.ts';
import type { Policy } from '../policy/compile-policy.ts';
import { type Item, adviseOnAnnotations } from './annotation-advice.ts';
import type { Advice, Explanation, PolicyExplanation } from './explanation.ts';
import type { Judgement } from './judge-policy.ts';
import type { Obstacle } from './obstacle.ts';
import { adviceToInstall, adviseOnObstacle } from './obstacle-advice.ts';
import { adviseOnPods } from './pod-advice.ts';
import type { SecretState } from './secret-state.ts';
import { type Subject, waitingContainers } from './subject.ts';

/** What to do, in the order in which it is to be done; what helps several policies is said once. */
export function adviseOn(
  { installed, policies, pods, denied }: Omit<Explanation, 'advice'>,
  { judgements, obstacles, subject }: Grounds,
): Advice[] {
  const judged = new Map(judgements.map((judgement) => [judgement.policy.name, judgement]));
  const advice = new Map<string, Advice>();
  const add = (policy: string, items: readonly Item[]) => {
    for (const item of items) {
      const key = JSON.stringify([item.text, item.command]);
      const others = advice.get(key)?.policies ?? [];
      advice.set(key, { policies: [...others, policy], ...item });
    }
  };
  for (const policy of policies) {
    const { policy: name } = policy;
    add(name, repair(policy, judged.get(name), obstacles.get(name), subject));
  }
  for (const { policy } of denied) add(policy, [waitForRetry]);
  // New pods are made once all that they need is there.
  for (const policy of policies) {
    const { policy: name } = policy;
    if (denied.some((denial) => denial.policy === name)) continue;
    const obstacle = obstacles.get(name);
    const count = pods.find((item) => item.policy === name);
    add(name, adviseOnPods(policy, subject, { obstacle, count }));
  }
  const first = installed === 'no' ? [{ policies: [], ...adviceToInstall }] : [];
  return [...first, ...advice.values(), ...adviseOnAll(policies, advice.size > 0, subject)];
}

/** What advice rests on beside what is said. */
interface Grounds {
  readonly judgements: readonly Judgement[];
  /** By policy. */
  readonly obstacles: ReadonlyMap<string, Obstacle | undefined>;
  readonly subject: Subject;
}

const waitForRetry: Item = {
  text: `Pods of it were denied, and whatever makes them tries again by itself, after 16 minutes at most. How to have it try at once: ${documentationUrl('pods-that-missed-their-token', 'the-way-out')}`,
};

function repair(
  policy: PolicyExplanation,
  judgement: Judgement | undefined,
  obstacle: Obstacle | undefined,
  subject: Subject,
): Item[] {
  if (!judgement) return [mend(policy)];
  if (policy.verdict === 'left-out') return adviseOnAnnotations(policy, judgement.policy, subject);
  return [
    ...adviseOnObstacle(policy, obstacle),
    ...(policy.secret ? provide(policy.secret, subject) : []),
    ...replaceKept(policy, judgement.policy),
  ];
}

function mend({ policy, reason }: PolicyExplanation): Item {
  if (reason === 'policy-newer')
    return { text: 'Ask a token-injector of the version that runs in the cluster' };
  return {
    text: 'An administrator has to correct the policy',
    command: `kubectl edit tokenpolicy ${policy}`,
  };
}

function provide(secret: SecretState, { namespace }: Subject): Item[] {
  const { name, state, missingKeys, blocks } = secret;
  if (state !== 'secret-missing' && state !== 'secret-key-missing') return [];
  const keys = missingKeys.length > 0 ? missingKeys : ['KEY'];
  const files = keys.map((key) => `--from-file=${key}=FILE`).join(' ');
  const create = `kubectl -n ${namespace} create secret generic ${name} ${files}`;
  const what =
    state === 'secret-missing'
      ? `Provide the Secret ${name} in namespace ${namespace}`
      : `Add ${missingKeys.length === 0 ? 'the missing key' : `the key ${keys.join(', ')}`} to the Secret ${name} in namespace ${namespace}`;
  const effect = blocks
    ? 'a pod that waits for it then starts by itself'
    : 'new containers then have the variable';
  return [
    {
      text: `${what}, by whatever makes your Secrets; ${effect}`,
      command:
        state === 'secret-missing'
          ? create
          : `${create} --dry-run=client -o yaml | kubectl apply --server-side -f -`,
    },
  ];
}

function replaceKept({ outcomes }: PolicyExplanation, policy: Policy): Item[] {
  const kept = outcomes.filter(({ reason }) => reason === 'conflict' || keepsExisting(reason));
  const texts = new Set(kept.map((outcome) => wayOut(policy, outcome)));
  if (outcomes.some(({ reason }) => reason === 'env-replaced-literal'))
    texts.add('Take the written-out value out of the manifest; a token does not belong there');
  return [...texts].map((text) => ({ text }));
}

function adviseOnAll(
  policies: readonly PolicyExplanation[],
  isAdvised: boolean,
  subject: Subject,
): Advice[] {
  const about = (text: string): Advice[] => [{ policies: [], text }];
  if (policies.length === 0)
    return about('There is no TokenPolicy in this cluster; an administrator has to write one');
  const provided = policies.some(({ secret }) => secret?.blocks);
  if (waitingContainers(subject).length > 0 && !provided)
    return about('Provide what the container waits for; it then starts by itself');
  const bearer = subject.isPod ? 'the pod' : 'the pod template';
  return isAdvised || policies.some(({ verdict }) => verdict !== 'left-out')
    ? []
    : about(
        `If a policy should apply, give ${bearer} or the namespace the labels that it wants, or ask an administrator`,
      );
}
