import type { DeliveryReason } from '../delivery/reasons.ts';
import { type Policy, type SecretKey, bySecret, keysOf } from '../policy/compile-policy.ts';
import {
  type OperatorSource,
  type SourceState,
  operatorSource,
  sourceTrouble,
} from './secret-source.ts';
import type { SecretView } from './secret-view.ts';

/** What is wrong with one Secret in one namespace; another version of the controller may give other reasons. */
export interface NamespaceProblem<
  Reason extends string = 'SecretMissing' | 'KeyMissing' | 'SourceNotReady' | DeliveryReason,
> {
  readonly namespace: string;
  readonly reason: Reason;
  readonly message: string;
}

/** What is wrong with the Secrets of a policy in a namespace that has its pods. */
export function problemsIn(
  namespace: string,
  policy: Policy,
  view: SecretView,
): NamespaceProblem[] {
  const main = policy.spec.secret.name;
  const delivery = view.delivery(policy.name);
  const undelivered = delivery?.namespaces.get(namespace);
  const isDelivered = policy.spec.secret.source.namespace !== undefined;
  const [made] = isDelivered ? [] : sourcesOf(policy, [namespace], view);
  const lacking = [...bySecret(policy.secretKeys.filter(isRequired))]
    .filter(([name]) => view.mayRead(name))
    // What keeps it from being delivered says more than that it is not there.
    .filter(([name]) => !undelivered || undelivered.reason === 'TakenOver' || name !== main)
    .flatMap(([name, required]) => {
      const problem = problemWith(name, keysOf(required), view.keys(namespace, name));
      if (!problem) return [];
      if (name !== main) return [{ namespace, ...problem }];
      const why = made ? ` (${sourceTrouble(made.source, made.state)})` : '';
      return [
        { namespace, ...(delivery?.source ?? { ...problem, message: problem.message + why }) },
      ];
    });
  const problems = [...(undelivered ? [{ namespace, ...undelivered }] : []), ...lacking];
  return problems.length === 0 && made ? staleIn(policy, made) : problems;
}

/** What is wrong where the Secret of a policy is delivered from. */
export function homeProblems(policy: Policy, view: SecretView): NamespaceProblem[] {
  const home = operatorSource(policy)?.namespace;
  return home === undefined
    ? []
    : sourcesOf(policy, [home], view).flatMap((source) => staleIn(policy, source));
}

/** The object that an operator makes a Secret from, in one namespace. */
export interface SeenSource {
  readonly source: OperatorSource;
  readonly namespace: string;
  readonly state: SourceState;
}

/** The objects that an operator makes the Secret of a policy from in these namespaces, or in the one it is delivered from. */
export function sourcesOf(
  policy: Policy,
  namespaces: readonly string[],
  view: SecretView,
): SeenSource[] {
  const source = operatorSource(policy);
  if (!source) return [];
  const where = source.namespace === undefined ? namespaces : [source.namespace];
  return where.map((namespace) => ({
    source,
    namespace,
    state: view.source(source.kind, namespace, source.name),
  }));
}

function staleIn(policy: Policy, { source, namespace, state }: SeenSource): NamespaceProblem[] {
  if (state.state !== 'failed') return [];
  const message = `${sourceTrouble(source, state)}; Secret ${policy.spec.secret.name} stays as it is`;
  return [{ namespace, reason: 'SourceNotReady', message }];
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
