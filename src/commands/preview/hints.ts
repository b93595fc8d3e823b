import { tokenPolicyKind } from '../../core/identity.ts';
import { readContainers, readPod } from '../../core/injection/pod.ts';
import { compileGlob } from '../../core/policy/containers.ts';
import { didYouMean } from '../../core/policy/did-you-mean.ts';
import { selectsEverything } from '../../core/policy/label-selector.ts';
import { namespaceMismatch } from '../../core/policy/match.ts';
import { joinedNamespaceSelector } from '../../core/policy/namespace-selector.ts';
import type { PolicySet } from '../../core/policy/policy-set.ts';
import { matchReasons } from '../../core/policy/reasons.ts';
import type { PodPreview } from '../../manifests/preview-injection.ts';
import { isLeftOut } from './unmet.ts';

/** Says that policies among the manifests take no part. */
export function policyHints(kinds: readonly string[]): string[] {
  return kinds.includes(tokenPolicyKind)
    ? [
        `A ${tokenPolicyKind} among the manifests takes no part: give --policies its folder, or repeat --policies for each file`,
      ]
    : [];
}

/** Says in which namespace objects were judged that name none, where a policy looks at it. */
export function namespaceHints(
  pods: readonly Pick<PodPreview, 'template' | 'namespace'>[],
  { policies }: PolicySet,
): string[] {
  const nowhere = pods.filter(({ template }) => template.namespace === undefined);
  const isLookedAt = policies.some(
    ({ spec }) => !selectsEverything(joinedNamespaceSelector(spec.match)),
  );
  if (nowhere.length === 0 || !isLookedAt) return [];
  const objects = nowhere.length === 1 ? '1 object names' : `${nowhere.length} objects name`;
  return [
    `${objects} no namespace, judged as in ${nowhere[0]!.namespace}: say with --namespace (-n) where it goes`,
  ];
}

/** Says which namespaces a policy names that it never selects. */
export function deadNamespaceHints({ policies }: PolicySet, ownNamespace: string): string[] {
  return policies.flatMap((policy) =>
    policy.spec.match.namespaces.flatMap((namespace) => {
      const reason = namespaceMismatch(policy, { namespace, ownNamespace });
      return reason === undefined
        ? []
        : [`${policy.name}: match.namespaces has ${namespace}: ${reason}: ${matchReasons[reason]}`];
    }),
  );
}

/** Says which names of `containers.include` are those of no container in the pods that a policy selects. */
export function containerHints(
  pods: readonly Pick<PodPreview, 'decisions' | 'template'>[],
  { policies }: PolicySet,
): string[] {
  return policies.flatMap((policy) => {
    const selected = pods.filter(({ decisions }) =>
      decisions.some((one) => one.policy === policy && !isLeftOut(one.decision)),
    );
    const names = selected.flatMap(({ template }) => containerNames(template.pod));
    const { include } = policy.spec.match.containers;
    const idle = names.length === 0 ? [] : include.filter((name) => !names.some(compileGlob(name)));
    return idle.map((name) => {
      const guess = didYouMean(name, names);
      const question = guess === undefined ? '' : `; did you mean "${guess}"?`;
      return `${policy.name}: containers.include has ${name}, which no container of the selected pods has as its name${question}`;
    });
  });
}

function containerNames(object: unknown): string[] {
  const pod = readPod(object);
  const lists = ['initContainers', 'containers'] as const;
  return pod ? lists.flatMap((list) => readContainers(pod.spec, list).map(({ name }) => name)) : [];
}
