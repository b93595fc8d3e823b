import { type Requirement, requirementText, requirementsOf } from './label-selector.ts';
import type { Policy } from './compile-policy.ts';

/**
 * Label selectors that together select every pod that some policy selects, one for each of as few labels as possible;
 * a policy that requires no label needs all pods.
 */
export function podSelections(policies: readonly Policy[]): string[] {
  const required = policies.map(({ spec }) =>
    requirementsOf(spec.match.podSelector).filter(({ operator }) =>
      ['In', 'Exists'].includes(operator),
    ),
  );
  if (required.some((requirements) => requirements.length === 0)) return [everyPod];
  const uses = new Map<string, number>();
  for (const { key } of required.flat()) uses.set(key, (uses.get(key) ?? 0) + 1);
  const chosen = required.map((requirements) =>
    requirements.reduce((best, next) =>
      // A list of values says more than that there is one.
      rank(next, uses) > rank(best, uses) ? next : best,
    ),
  );
  return [...Map.groupBy(chosen, ({ key }) => key)]
    .map(([key, all]) => selection(key, all))
    .toSorted();
}

const everyPod = '';

function rank({ key, operator }: Requirement, uses: ReadonlyMap<string, number>): number {
  return (operator === 'In' ? 1000 : 0) + uses.get(key)!;
}

function selection(key: string, requirements: readonly Requirement[]): string {
  if (requirements.some(({ operator }) => operator === 'Exists'))
    return requirementText({ key, operator: 'Exists' });
  const values = new Set(requirements.flatMap(({ values: wanted = [] }) => wanted));
  return requirementText({ key, operator: 'In', values: [...values].toSorted() });
}
