import { celList } from '../cel.ts';
import { namespaceNameLabel } from '../kubernetes-names.ts';
import type { LabelSelector } from './schema.ts';

// That such a label is there says nothing: Kubernetes itself puts it on every namespace, or on the pods of most workloads.
const automaticLabels = [namespaceNameLabel, 'controller-revision-hash', 'pod-template-hash'];

/**
 * Whether a selector requires a label. One that only leaves out (NotIn, DoesNotExist) selects all that nobody thought of,
 * and what it leaves out may be nowhere.
 */
export function hasPositiveRequirement({
  matchLabels = {},
  matchExpressions = [],
}: LabelSelector): boolean {
  return (
    Object.keys(matchLabels).length > 0 ||
    matchExpressions.some(
      ({ key, operator }) =>
        operator === 'In' || (operator === 'Exists' && !automaticLabels.includes(key)),
    )
  );
}

/** The same question as CEL, about a selector that an expression gives. */
export function hasPositiveRequirementCel(selector: string): string {
  return [
    `has(${selector}.matchLabels) && ${selector}.matchLabels.size() > 0`,
    `has(${selector}.matchExpressions) && ${selector}.matchExpressions.exists(e, e.operator == 'In' || e.operator == 'Exists' && !(e.key in ${celList(automaticLabels)}))`,
  ].join(' || ');
}
