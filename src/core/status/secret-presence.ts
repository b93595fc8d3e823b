import type { PolicyDelivery } from '../delivery/policy-delivery.ts';
import type { DeliveryReason } from '../delivery/reasons.ts';
import { mismatch } from '../policy/match.ts';
import { type Policy, type SecretKey, bySecret, keysOf } from '../policy/compile-policy.ts';
import type { PodView } from '../registration/selector-overlap.ts';
import { type ConditionState, conditionState } from './conditions.ts';

/** Agent pods and Secrets of the cluster, of each only what is needed to judge whether tokens are there. */
export interface SecretView extends PodView {
  /** Whether pods and namespaces could be read. */
  readonly knowsPods: boolean;
  /** Whether Secrets of that name may be read. */
  readonly mayRead: (secretName: string) => boolean;
  /** The keys of a Secret; undefined where there is none. */
  readonly keys: (namespace: string, secretName: string) => readonly string[] | undefined;
  /** What keeps the Secret of a policy from being delivered; undefined where nothing does. */
  readonly delivery: (policy: string) => PolicyDelivery | undefined;
}

/** What is seen by whoever may read no Secret at all. */
export function nothingReadable(pods: PodView & { readonly known: boolean }): SecretView {
  return {
    ...pods,
    knowsPods: pods.known,
    mayRead: () => false,
    keys: () => undefined,
    delivery: () => undefined,
  };
}

/** What is wrong with one Secret in one namespace; another version of the controller may give other reasons. */
export interface NamespaceProblem<
  Reason extends string = 'SecretMissing' | 'KeyMissing' | DeliveryReason,
> {
  readonly namespace: string;
  readonly reason: Reason;
  readonly message: string;
}

/** Whether the Secrets of a policy are where its pods need them. */
export interface SecretPresence {
  readonly condition: ConditionState;
  /** How many namespaces hold agent pods of the policy. */
  readonly namespaces: number;
  /** The first 20. */
  readonly problems: readonly NamespaceProblem[];
  readonly moreProblems: number;
  /** How many namespaces have a problem, by its reason. */
  readonly namespacesByReason: ReadonlyMap<string, number>;
}

const maxProblems = 20;

/** Looks for the Secrets and their keys in each namespace that holds agent pods of the policy. */
export function secretPresence(policy: Policy, view: SecretView): SecretPresence {
  const namespaces = agentNamespaces(policy, view);
  const names = [...bySecret(policy.secretKeys).keys()];
  const unreadable = names.filter((name) => !view.mayRead(name));
  const found = (ready: ConditionState, problems?: readonly NamespaceProblem[]) =>
    presenceOf(ready, namespaces.length, problems);
  if (unreadable.length === names.length) return found(mayNotRead(unreadable));
  if (!view.knowsPods) {
    return found(
      conditionState(
        'SecretReady',
        'NotPermitted',
        'Pods and namespaces could not be read, see the log of the controller.',
      ),
    );
  }
  const delivery = view.delivery(policy.name);
  const problems = [
    ...namespaces.flatMap((namespace) => problemsIn(namespace, policy, view)),
    ...[...(delivery?.namespaces ?? [])]
      .filter(([namespace]) => !namespaces.includes(namespace))
      .map(([namespace, problem]) => ({ namespace, ...problem })),
  ];
  const first = problems.find(isGrave);
  if (first) return found(missing(first, problems), problems);
  if (delivery?.source)
    return found(
      conditionState('SecretReady', delivery.source.reason, delivery.source.message),
      problems,
    );
  if (problems[0]) return found(missing(problems[0], problems), problems);
  if (namespaces.length === 0) {
    return found(
      conditionState(
        'SecretReady',
        'NoAgentPods',
        'No pod that the policy selects is running yet.',
      ),
    );
  }
  return found(
    unreadable.length > 0 ? mayNotRead(unreadable) : present(policy, names, namespaces.length),
  );
}

/** Whether pods may wait for it. */
function isGrave({ reason }: NamespaceProblem): boolean {
  return reason !== 'TakenOver';
}

/** What was found in so many namespaces with agent pods. */
export function presenceOf(
  condition: ConditionState,
  namespaces: number,
  problems: readonly NamespaceProblem[] = [],
): SecretPresence {
  const byReason = Map.groupBy(problems, ({ reason }) => reason);
  return {
    condition,
    namespaces,
    problems: problems.slice(0, maxProblems),
    moreProblems: Math.max(0, problems.length - maxProblems),
    namespacesByReason: new Map(
      [...byReason].map(([reason, found]) => [
        reason,
        new Set(found.map(({ namespace }) => namespace)).size,
      ]),
    ),
  };
}

function mayNotRead(names: readonly string[]): ConditionState {
  const them = names.length === 1 ? 'the name' : 'the names';
  return conditionState(
    'SecretReady',
    'NotPermitted',
    `Secrets named ${names.join(', ')} may not be read: add ${them} to the chart value config.secretNames to have this checked. Injection works all the same.`,
  );
}

function present({ spec }: Policy, names: readonly string[], namespaces: number): ConditionState {
  const hold = names.length === 1 ? `Secret ${names[0]} holds` : `Secrets ${names.join(', ')} hold`;
  const where =
    namespaces === 1
      ? 'the one namespace with agent pods'
      : `each of ${namespaces} namespaces with agent pods`;
  const { everyNamespace, source } = spec.secret;
  const byLabel =
    everyNamespace && source.namespace !== undefined
      ? ' It is delivered to every namespace that the policy selects by its labels: whoever may label a namespace gets the token.'
      : '';
  return conditionState('SecretReady', 'Present', `${hold} every key in ${where}.${byLabel}`);
}

function missing(first: NamespaceProblem, problems: readonly NamespaceProblem[]): ConditionState {
  const more = new Set(problems.map(({ namespace }) => namespace)).size - 1;
  const elsewhere = more > 0 ? ` (and in ${more} more namespace${more === 1 ? '' : 's'})` : '';
  const messages = problems
    .filter(({ namespace }) => namespace === first.namespace)
    .map(({ message }) => message);
  return conditionState(
    'SecretReady',
    first.reason,
    `namespace ${first.namespace}: ${messages.join('; ')}${elsewhere}`,
  );
}

function agentNamespaces(policy: Policy, view: SecretView): string[] {
  const found = new Set<string>();
  for (const pod of view.pods) {
    const { namespace } = pod;
    if (found.has(namespace)) continue;
    const labels = view.namespaceLabels(namespace);
    const context = {
      namespace,
      ownNamespace: view.ownNamespace,
      ...(labels ? { namespaceLabels: labels } : {}),
    };
    if (mismatch(policy, pod, context) === undefined) found.add(namespace);
  }
  return [...found].toSorted();
}

function problemsIn(namespace: string, policy: Policy, view: SecretView): NamespaceProblem[] {
  const delivery = view.delivery(policy.name);
  const undelivered = delivery?.namespaces.get(namespace);
  const lacking = [...bySecret(policy.secretKeys.filter(isRequired))]
    .filter(([name]) => view.mayRead(name))
    // What keeps it from being delivered says more than that it is not there.
    .filter(
      ([name]) =>
        !undelivered || undelivered.reason === 'TakenOver' || name !== policy.spec.secret.name,
    )
    .flatMap(([name, required]) => {
      const problem = problemWith(name, keysOf(required), view.keys(namespace, name));
      if (!problem) return [];
      const isDelivered = name === policy.spec.secret.name;
      return [{ namespace, ...((isDelivered && delivery?.source) || problem) }];
    });
  return [...(undelivered ? [{ namespace, ...undelivered }] : []), ...lacking];
}

function problemWith(
  name: string,
  wanted: readonly string[],
  keys: readonly string[] | undefined,
): Omit<NamespaceProblem, 'namespace'> | undefined {
  if (!keys) {
    const withKeys = wanted.length > 0 ? ` with key ${wanted.join(', ')}` : '';
    const message = `Secret ${name} is missing; pods wait until it is created${withKeys}`;
    return { reason: 'SecretMissing', message };
  }
  const lacking = wanted.filter((key) => !keys.includes(key));
  if (lacking.length === 0) return undefined;
  const message = `Secret ${name} has no key ${lacking.join(', ')}; pods wait until it does`;
  return { reason: 'KeyMissing', message };
}

/** Whether a container does not start without it. */
function isRequired({ optional }: SecretKey): boolean {
  return !optional;
}
