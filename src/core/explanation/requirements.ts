import {
  type StringMap,
  compileSelector,
  requirementText,
  requirementsOf,
} from '../policy/label-selector.ts';
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
    .filter((requirement) => !compileSelector({ matchExpressions: [requirement] })(labels))
    .map((requirement) => {
      const { key, operator, values = [] } = requirement;
      const isEqual = operator === 'In' && values.length === 1;
      return {
        selector: name,
        wanted: isEqual ? `${key}=${values[0]}` : requirementText(requirement),
        found: Object.hasOwn(labels, key) ? `${key}=${String(labels[key])}` : `no label ${key}`,
      };
    });
}
