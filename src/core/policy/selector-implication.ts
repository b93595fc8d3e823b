import type { Requirement } from './label-selector.ts';

/** Whether labels that meet the one list of requirements meet the other, as far as single requirements can tell. */
export function implies(given: readonly Requirement[], wanted: readonly Requirement[]): boolean {
  return wanted.every((one) => given.some((other) => meets(other, one)));
}

function meets(given: Requirement, wanted: Requirement): boolean {
  if (given.key !== wanted.key) return false;
  const { operator, values = [] } = given;
  const others = wanted.values ?? [];
  switch (wanted.operator) {
    case 'In':
      return operator === 'In' && values.every((value) => others.includes(value));
    case 'NotIn':
      return (
        operator === 'DoesNotExist' ||
        (operator === 'In' && !values.some((value) => others.includes(value))) ||
        (operator === 'NotIn' && others.every((value) => values.includes(value)))
      );
    case 'Exists':
      return operator === 'Exists' || operator === 'In';
    case 'DoesNotExist':
      return operator === 'DoesNotExist';
    default:
      return wanted.operator satisfies never;
  }
}
