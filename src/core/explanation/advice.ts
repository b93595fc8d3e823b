import { documentationUrl } from '../documentation-url.ts';
import { type Item, type Matter, adviceByReason, adviseOnReason } from './advice-by-reason.ts';
import type { Advice, Explanation, PolicyExplanation } from './explanation.ts';
import type { Judgement } from './judge-policy.ts';
import { type Subject, waitingContainers } from './subject.ts';

/** What to do, in the order in which it is to be done; what helps several policies is said once. */
export function adviseOn(
  { installed, policies, pods, denied }: Omit<Explanation, 'advice'>,
  judgements: readonly Judgement[],
  subject: Subject,
): Advice[] {
  const matters = policies.map((explanation) => {
    const { policy: name } = explanation;
    const judgement = judgements.find(({ object }) => object.name === name);
    return {
      ...explanation,
      subject,
      judgement,
      count: pods.find(({ policy }) => policy === name),
    };
  });
  const deniedPolicies = denied.map(({ policy }) => policy);
  const advice = mergePolicies([
    ...matters.flatMap((matter) => about(matter.policy, mend(matter))),
    ...deniedPolicies.flatMap((policy) => about(policy, [waitForRetry])),
    // New pods are made once all that they need is there.
    ...matters
      .filter(({ policy }) => !deniedPolicies.includes(policy))
      .flatMap((matter) => about(matter.policy, renew(matter))),
  ]);
  const first = installed === 'no' ? [{ policies: [], ...adviceByReason['not-installed'] }] : [];
  return [...first, ...advice, ...adviseOnAll(policies, advice.length > 0, subject)];
}

/** What to do for a policy that leaves a pod out, where that may not be meant. */
export function adviseOnLeftOut(
  explanation: PolicyExplanation,
  judgement: Judgement,
  subject: Subject,
): Item[] {
  return mend({ ...explanation, judgement, subject, count: undefined });
}

function about(policy: string, items: readonly Item[]): Advice[] {
  return items.map((item) => ({ policies: [policy], ...item }));
}

function mergePolicies(advice: readonly Advice[]): Advice[] {
  const same = Map.groupBy(advice, ({ text, command }) => JSON.stringify([text, command]));
  return [...same.values()].map((items) => ({
    ...items[0]!,
    policies: [...new Set(items.flatMap(({ policies }) => policies))],
  }));
}

/** What has to be done before new pods get the token and start with it. */
function mend(matter: Matter): Item[] {
  const { verdict, reason, unmet, secrets, outcomes, judgement } = matter;
  if (!judgement) return adviseOnReason(reason, matter);
  // Where a selector leaves the pod out as well, an annotation does not help.
  if (verdict === 'left-out')
    return unmet.length === 0 || ofSelectors.includes(reason) ? adviseOnReason(reason, matter) : [];
  return [
    // That nothing is installed is said once, for all policies.
    ...judgement.obstacles
      .filter((obstacle) => obstacle !== 'not-installed')
      .flatMap((obstacle) => adviseOnReason(obstacle, matter)),
    ...secrets.flatMap((secret) =>
      secret.state === 'present' ? [] : adviseOnReason(secret.state, { ...matter, secret }),
    ),
    ...outcomes.flatMap((outcome) => adviseOnReason(outcome.reason, { ...matter, outcome })),
  ];
}

const ofSelectors: readonly string[] = ['namespace-not-selected', 'pod-not-selected'];

/** Whether pods are to be made anew, which is so only where some lack their token and new ones would have it. */
function renew(matter: Matter): Item[] {
  const { verdict, reason, judgement, count } = matter;
  if (verdict === 'left-out' || verdict === 'invalid' || verdict === 'keeps') return [];
  if (!judgement || judgement.obstacles.length === 0) return adviseOnReason(reason, matter);
  return verdict === 'lacks' || (count && count.lacks > 0) ? [waitForOthers] : [];
}

const waitForOthers: Item = {
  text: 'Make no new pods before that, they would not get the token either; then ask again',
};

const waitForRetry: Item = {
  text: `Pods of it were denied, and whatever makes them tries again by itself, after 16 minutes at most. How to have it try at once: ${documentationUrl('pods-that-missed-their-token', 'the-way-out')}`,
};

/** What concerns no policy more than another. */
function adviseOnAll(
  policies: readonly PolicyExplanation[],
  isAdvised: boolean,
  subject: Subject,
): Advice[] {
  const say = (text: string): Advice[] => [{ policies: [], text }];
  if (policies.length === 0)
    return say('There is no TokenPolicy in this cluster; an administrator has to write one');
  const provided = policies.some(({ secrets }) => secrets.some(({ blocks }) => blocks));
  if (waitingContainers(subject).length > 0 && !provided)
    return say('Provide what the container waits for; it then starts by itself');
  if (isAdvised || policies.some(({ verdict }) => verdict !== 'left-out')) return [];
  const bearer = subject.isPod ? 'the pod' : 'the pod template';
  return say(
    `If a policy should apply, give ${bearer} or the namespace the labels that it wants, or ask an administrator`,
  );
}
