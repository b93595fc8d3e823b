import { decideInjection } from '../injection/decide-injection.ts';
import type { Decision } from '../injection/decision.ts';
import type { Operation } from '../injection/operation.ts';
import { readPod } from '../injection/pod.ts';
import type { StringMap } from '../policy/label-selector.ts';
import type { Policy } from '../policy/compile-policy.ts';
import { type PolicySet, policySet } from '../policy/policy-set.ts';
import type { PolicyObject } from './policy-object.ts';
import { type UnmetRequirement, selectorKeys, unmetRequirements } from './requirements.ts';
import type { Subject } from './subject.ts';

/** The one label of a namespace that follows from its name. */
const nameLabel = 'kubernetes.io/metadata.name';

/** What judging has to know beyond policies and pod. */
export interface JudgingFacts {
  readonly ownNamespace: string;
  /** Absent where the caller may not read the namespace. */
  readonly namespaceLabels?: StringMap;
  /** Applies the operations of a decision to a copy. */
  readonly apply: (object: unknown, operations: readonly Operation[]) => unknown;
}

/** What a policy does to a pod, or would do. */
export interface Judgement {
  readonly object: PolicyObject;
  readonly policy: Policy;
  readonly decision: Decision;
  /** Whether the namespaceSelector was taken as satisfied because labels are not known. */
  readonly assumed: boolean;
  readonly unmet: readonly UnmetRequirement[];
}

/** Asks every policy that can be used in the API server's order, so that each sees what those before did. */
export function judgePolicies(
  objects: readonly PolicyObject[],
  subject: Subject,
  facts: JudgingFacts,
): Judgement[] {
  const set = policySet(objects.flatMap(({ parsed }) => (parsed.ok ? [parsed.policy] : [])));
  const podLabels = readPod(subject.pod)?.labels ?? {};
  let pod: unknown = subject.pod;
  return set.policies.map((policy) => {
    const labels = knownLabels(policy, subject, facts);
    const decision = decideInjection(policy, pod, placeOf(subject, set, facts, labels));
    if (decision.changed) pod = facts.apply(pod, decision.operations);
    return {
      object: objects.find(({ name }) => name === policy.name)!,
      policy,
      decision,
      assumed: labels === undefined,
      unmet: [
        ...(labels ? unmetOfNamespace(policy, labels, facts) : []),
        ...unmetRequirements('podSelector', policy.spec.match.podSelector, podLabels),
      ],
    };
  });
}

function placeOf(
  { namespace }: Subject,
  set: PolicySet,
  { ownNamespace }: JudgingFacts,
  labels: StringMap | undefined,
) {
  return { namespace, ownNamespace, set, ...(labels ? { namespaceLabels: labels } : {}) };
}

/** The labels of the namespace, or what is known anyway where that settles the matter. */
function knownLabels(
  { spec }: Policy,
  { namespace }: Subject,
  { namespaceLabels }: JudgingFacts,
): StringMap | undefined {
  const given = { [nameLabel]: namespace };
  if (namespaceLabels) return { ...namespaceLabels, ...given };
  const { namespaceSelector } = spec.match;
  const keys = selectorKeys(namespaceSelector);
  if (keys.every((key) => key === nameLabel)) return given;
  return unmetOfNamespace({ spec }, given, {}).length > 0 ? given : undefined;
}

/** Where the labels cannot be read, nothing is said of those that are not known. */
function unmetOfNamespace(
  { spec }: Pick<Policy, 'spec'>,
  labels: StringMap,
  { namespaceLabels }: Pick<JudgingFacts, 'namespaceLabels'>,
): UnmetRequirement[] {
  const unmet = unmetRequirements('namespaceSelector', spec.match.namespaceSelector, labels);
  return namespaceLabels ? unmet : unmet.filter(({ found }) => found.startsWith(`${nameLabel}=`));
}
