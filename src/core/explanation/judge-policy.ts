import { decideInjection } from '../injection/decide-injection.ts';
import type { Decision } from '../injection/decision.ts';
import type { Operation } from '../injection/operation.ts';
import { readPod } from '../injection/pod.ts';
import { type StringMap, selectorKeys } from '../policy/label-selector.ts';
import { namespaceNameLabel } from '../kubernetes-names.ts';
import type { Policy } from '../policy/compile-policy.ts';
import { type PolicySet, policySet } from '../policy/policy-set.ts';
import {
  type Obstacle,
  type RegistrationFacts,
  findObstacles,
  isUnregistered,
} from './obstacle.ts';
import type { PolicyObject } from './policy-object.ts';
import { type UnmetRequirement, unmetNamespaces, unmetRequirements } from './requirements.ts';
import type { Subject } from './subject.ts';

/** What judging has to know beyond policies and pod. */
export interface JudgingFacts extends RegistrationFacts {
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
  /** What the selectors want and labels do not satisfy, as far as these are known. */
  readonly unmet: () => readonly UnmetRequirement[];
  readonly obstacles: readonly Obstacle[];
  /** Whether the API server asks nobody about the policy, though it does about others. */
  readonly unregistered: boolean;
}

/** Policies that are judged together. */
export interface JudgedPolicies {
  readonly set: PolicySet;
  readonly objects: ReadonlyMap<string, PolicyObject>;
}

/** The policies of a cluster that can be used. */
export function usablePolicies(objects: readonly PolicyObject[]): JudgedPolicies {
  return {
    set: policySet(objects.flatMap(({ parsed }) => (parsed.ok ? [parsed.policy] : []))),
    objects: new Map(objects.map((object) => [object.name, object])),
  };
}

/** Asks every policy in the API server's order, so that each sees what those before did. */
export function judgePolicies(
  { set, objects }: JudgedPolicies,
  subject: Subject,
  facts: JudgingFacts,
): Judgement[] {
  const { namespace } = subject;
  const { ownNamespace } = facts;
  const podLabels = readPod(subject.pod)?.labels ?? {};
  let pod: unknown = subject.pod;
  return set.policies.map((policy) => {
    const object = objects.get(policy.name)!;
    const { unmet, ...known } = judgeNamespace(policy, namespace, facts);
    const decision = decideInjection(policy, pod, { namespace, ownNamespace, set, ...known });
    if (decision.changed) pod = facts.apply(pod, decision.operations);
    return {
      object,
      policy,
      decision,
      assumed: !known.namespaceLabels,
      unmet: () => [
        ...unmet(),
        ...unmetRequirements('podSelector', policy.spec.match.podSelector, podLabels),
      ],
      obstacles: findObstacles(object, facts),
      unregistered: isUnregistered(object, facts),
    };
  });
}

/** Where the labels cannot be read, the name may settle the matter; of the others nothing is said. */
function judgeNamespace(
  { spec: { match } }: Policy,
  namespace: string,
  { namespaceLabels }: JudgingFacts,
): { readonly unmet: () => readonly UnmetRequirement[]; readonly namespaceLabels?: StringMap } {
  const labels = { ...namespaceLabels, [namespaceNameLabel]: namespace };
  const unmet = () => [
    ...unmetNamespaces(match.namespaces, namespace),
    ...unmetRequirements('namespaceSelector', match.namespaceSelector, labels),
  ];
  if (namespaceLabels) return { unmet, namespaceLabels: labels };
  if (selectorKeys(match.namespaceSelector).every((key) => key === namespaceNameLabel))
    return { unmet, namespaceLabels: labels };
  const unmetByName = unmet().filter(
    ({ selector, found }) =>
      selector === 'namespaces' || found.startsWith(`${namespaceNameLabel}=`),
  );
  const isSettled = unmetByName.length > 0;
  return { unmet: () => unmetByName, ...(isSettled ? { namespaceLabels: labels } : {}) };
}
