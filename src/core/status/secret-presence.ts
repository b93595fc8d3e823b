import { mismatch } from '../policy/match.ts';
import { type Policy, bySecret } from '../policy/compile-policy.ts';
import { type ConditionState, conditionState } from './conditions.ts';
import {
  type NamespaceProblem,
  type SeenSource,
  homeProblems,
  problemsIn,
  sourcesOf,
} from './namespace-problems.ts';
import { sourceTrouble } from './secret-source.ts';
import type { SecretView } from './secret-view.ts';

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
    ...homeProblems(policy, view),
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
    unreadable.length > 0
      ? mayNotRead(unreadable)
      : present(policy, names, namespaces, sourcesOf(policy, namespaces, view)),
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

// That no operator keeps a Secret up to date is no problem while it is there: it may be meant so.
function present(
  { spec }: Policy,
  names: readonly string[],
  namespaces: readonly string[],
  sources: readonly SeenSource[],
): ConditionState {
  const hold = names.length === 1 ? `Secret ${names[0]} holds` : `Secrets ${names.join(', ')} hold`;
  const where =
    namespaces.length === 1
      ? 'the one namespace with agent pods'
      : `each of ${namespaces.length} namespaces with agent pods`;
  const { everyNamespace, source } = spec.secret;
  const trouble = sources.find(({ state }) => state.state !== 'ready');
  return conditionState(
    'SecretReady',
    trouble?.state.state === 'not-permitted' ? 'NotPermitted' : 'Present',
    [
      `${hold} every key in ${where}.`,
      ...(trouble
        ? [`In namespace ${trouble.namespace}, ${sourceTrouble(trouble.source, trouble.state)}.`]
        : []),
      ...(everyNamespace && source.namespace !== undefined
        ? [
            'It is delivered to every namespace that the policy selects by its labels: whoever may label a namespace gets the token.',
          ]
        : []),
    ].join(' '),
  );
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
