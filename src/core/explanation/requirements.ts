import {
  type StringMap,
  compileSelector,
  requirementText,
  requirementsOf,
} from '../policy/label-selector.ts';
import type { LabelSelector } from '../policy/schema.ts';

/** A requirement of a selector that labels do not satisfy. */
export interface UnmetRequirement {
  readonly selector: 'namespaces' | 'namespaceSelector' | 'podSelector';
  /** As kubectl writes it, such as `team in (a, b)`; names of namespaces such as `a, b`. */
  readonly wanted: string;
  /** The label as it is, such as `team=c`, or `no label team`; the name of the namespace. */
  readonly found: string;
}

/** The same of a list of namespaces, of which an empty one requires nothing. */
export function unmetNamespaces(
  namespaces: readonly string[],
  namespace: string,
): UnmetRequirement[] {
  return namespaces.length === 0 || namespaces.includes(namespace)
    ? []
    : [{ selector: 'namespaces', wanted: namespaces.join(', '), found: namespace }];
}

/** The requirements of a selector that labels do not satisfy. */
export function unmetRequirements(
  name: UnmetRequirement['selector'],
  selector: LabelSelector,
  labels: StringMap,
): UnmetRequirement[] {
  return requirementsOf(selector)
    .filter((requirement) => !compileSelector({ matchExpressions: [requirement] })(labels))
    .map((requirement) => {
      const { key, operator, values = [] } = requirement;
      const isEqual = operator === 'In' && values.length === 1;
      return {
        selector: name,
        wanted: isEqual ? `${key}=${values[0]}` : requirementText(requirement),
        found: Object.hasOwn(labels, key) ? `${key}=${textOf(labels[key])}` : `no label ${key}`,
      };
    });
}

// A manifest that no API server has seen may hold anything there.
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Which requirements of a policy that leaves a pod out are not met, for people; undefined where it is for another reason. */
export function unmetText(
  { reason, unmet }: { readonly reason: string; readonly unmet: readonly UnmetRequirement[] },
  isPod: boolean,
): string | undefined {
  if (reason !== 'pod-not-selected' && reason !== 'namespace-not-selected') return undefined;
  const is = {
    namespaces: 'the namespace is',
    namespaceSelector: 'the namespace has',
    podSelector: isPod ? 'the pod has' : 'the pod template has',
  };
  const texts = unmet.map(
    ({ selector, wanted, found }) => `${selector} wants ${wanted}, ${is[selector]} ${found}`,
  );
  return texts.length > 0 ? texts.join('; ') : undefined;
}
