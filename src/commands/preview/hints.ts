import { tokenPolicyKind } from '../../core/identity.ts';
import { selectsEverything } from '../../core/policy/label-selector.ts';
import { joinedNamespaceSelector } from '../../core/policy/namespace-selector.ts';
import type { PolicySet } from '../../core/policy/policy-set.ts';
import type { PodPreview } from '../../manifests/preview-injection.ts';

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
