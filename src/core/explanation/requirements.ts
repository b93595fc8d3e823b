import { type StringMap, compileSelector, requirementText } from '../policy/label-selector.ts';
import type { LabelSelector } from '../policy/schema.ts';

/** A requirement of a selector that labels do not satisfy. */
export interface UnmetRequirement {
  readonly selector: 'namespaceSelector' | 'podSelector';
  /** As kubectl writes it, such as `team in (a, b)`. */
  readonly wanted: string;
  /** The label as it is, such as `team=c`, or `no label team`. */
  readonly found: string;
}

/** The requirements of a selector that labels do not satisfy. */
export function unmetRequirements(
  name: UnmetRequirement['selector'],
  selector: LabelSelector,
  labels: StringMap,
): UnmetRequirement[] {
  return requirementsOf(selector)
    .filter(({ alone }) => !compileSelector(alone)(labels))
    .map(({ key, wanted }) => ({
      selector: name,
      wanted,
      found: Object.hasOwn(labels, key) ? `${key}=${String(labels[key])}` : `no label ${key}`,
    }));
}

/** The label keys that a selector looks at. */
export function selectorKeys(selector: LabelSelector): string[] {
  return requirementsOf(selector).map(({ key }) => key);
}

interface Requirement {
  readonly key: string;
  readonly wanted: string;
  /** A selector that has nothing but this requirement. */
  readonly alone: LabelSelector;
}

function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Requirement[] {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => ({
      key,
      wanted: `${key}=${value}`,
      alone: { matchLabels: { [key]: value } },
    })),
    ...matchExpressions.map((expression) => ({
      key: expression.key,
      wanted: requirementText(expression),
      alone: { matchExpressions: [expression] },
    })),
  ];
}
