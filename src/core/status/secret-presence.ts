import { mismatch } from '../policy/match.ts';
import { type Policy, type SecretKey, keysOf } from '../policy/compile-policy.ts';
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
}

/** What is wrong in one namespace; another version of the controller may give other reasons. */
export interface NamespaceProblem<Reason extends string = 'SecretMissing' | 'KeyMissing'> {
  readonly namespace: string;
  readonly reason: Reason;
  readonly message: string;
}

/** Whether the Secret of a policy is where its pods need it. */
export interface SecretPresence {
  readonly condition: ConditionState;
  /** How many namespaces hold agent pods of the policy. */
  readonly namespaces: number;
  readonly problems: readonly NamespaceProblem[];
  readonly moreProblems: number;
}

const maxProblems = 20;

/** Looks for the Secret and its keys in each namespace that holds agent pods of the policy. */
export function secretPresence(policy: Policy, view: SecretView): SecretPresence {
  const namespaces = agentNamespaces(policy, view);
  const { name } = policy.spec.secret;
  const found = (ready: ConditionState, problems: readonly NamespaceProblem[] = []) => ({
    condition: ready,
    namespaces: namespaces.length,
    problems: problems.slice(0, maxProblems),
    moreProblems: Math.max(0, problems.length - maxProblems),
  });
  if (!view.mayRead(name)) {
    return found(
      conditionState(
        'SecretReady',
        'NotPermitted',
        `Secrets named ${name} may not be read: add the name to the chart value config.secretNames to have this checked. Injection works all the same.`,
      ),
    );
  }
  if (!view.knowsPods) {
    return found(
      conditionState(
        'SecretReady',
        'NotPermitted',
        'Pods and namespaces could not be read, see the log of the controller.',
      ),
    );
  }
  if (namespaces.length === 0) {
    return found(
      conditionState(
        'SecretReady',
        'NoAgentPods',
        'No pod that the policy selects is running yet.',
      ),
    );
  }
  const problems = namespaces.flatMap((namespace) => problemIn(namespace, policy, view));
  const [first] = problems;
  if (!first) {
    return found(
      conditionState(
        'SecretReady',
        'Present',
        namespaces.length === 1
          ? `Secret ${name} holds every key in the one namespace with agent pods.`
          : `Secret ${name} holds every key in each of ${namespaces.length} namespaces with agent pods.`,
      ),
    );
  }
  const more = problems.length - 1;
  const elsewhere = more > 0 ? ` (and in ${more} more namespace${more === 1 ? '' : 's'})` : '';
  return found(
    conditionState(
      'SecretReady',
      first.reason,
      `namespace ${first.namespace}: ${first.message}${elsewhere}`,
    ),
    problems,
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

function problemIn(namespace: string, policy: Policy, view: SecretView): NamespaceProblem[] {
  const { name } = policy.spec.secret;
  const keys = view.keys(namespace, name);
  const required = policy.secretKeys.filter(isRequired);
  const wanted = keysOf(required);
  if (!keys) {
    return required.length === 0
      ? []
      : [
          {
            namespace,
            reason: 'SecretMissing',
            message: `Secret ${name} is missing; pods wait until it is created${wanted.length > 0 ? ` with key ${wanted.join(', ')}` : ''}`,
          },
        ];
  }
  const missing = wanted.filter((key) => !keys.includes(key));
  return missing.length === 0
    ? []
    : [
        {
          namespace,
          reason: 'KeyMissing',
          message: `Secret ${name} has no key ${missing.join(', ')}; pods wait until it does`,
        },
      ];
}

/** Whether a container does not start without it. */
function isRequired({ optional }: SecretKey): boolean {
  return !optional;
}
