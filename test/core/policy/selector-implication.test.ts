import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type Requirement,
  compileSelector,
  requirementsOf,
} from '../../../src/core/policy/label-selector.ts';
import { implies } from '../../../src/core/policy/selector-implication.ts';

const among = (key: string, operator: Requirement['operator'], ...values: string[]) => ({
  key,
  operator,
  ...(values.length > 0 ? { values } : {}),
});

it.each([
  ['the same label', [among('a', 'In', 'x')], [among('a', 'In', 'x')], true],
  ['nothing', [among('a', 'In', 'x')], [], true],
  ['something of everything', [], [among('a', 'In', 'x')], false],
  ['another label', [among('a', 'In', 'x')], [among('b', 'In', 'x')], false],
  ['another value', [among('a', 'In', 'x')], [among('a', 'In', 'y')], false],
  ['one value of two', [among('a', 'In', 'x')], [among('a', 'In', 'x', 'y')], true],
  ['two values of one', [among('a', 'In', 'x', 'y')], [among('a', 'In', 'x')], false],
  ['any value', [among('a', 'In', 'x')], [among('a', 'Exists')], true],
  ['no such label', [among('a', 'DoesNotExist')], [among('a', 'NotIn', 'x')], true],
  ['fewer exclusions', [among('a', 'NotIn', 'x', 'y')], [among('a', 'NotIn', 'x')], true],
  ['more exclusions', [among('a', 'NotIn', 'x')], [among('a', 'NotIn', 'x', 'y')], false],
  ['another label too', [among('a', 'Exists'), among('b', 'Exists')], [among('b', 'Exists')], true],
])('%s', (_, given, wanted, expected) => {
  expect(implies(given, wanted)).toBe(expected);
});

it('whatever meets the first meets the second, for any selectors and labels', () => {
  const key = fc.constantFrom('a', 'b');
  const value = fc.constantFrom('x', 'y', '');
  const requirement = fc.oneof(
    fc.record({
      key,
      operator: fc.constantFrom('In' as const, 'NotIn' as const),
      values: fc.uniqueArray(value, { minLength: 1 }),
    }),
    fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
  );
  const selector = fc.record({
    matchLabels: fc.dictionary(key, value),
    matchExpressions: fc.array(requirement, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(selector, selector, fc.dictionary(key, value), (given, wanted, labels) => {
      fc.pre(implies(requirementsOf(given), requirementsOf(wanted)));
      return !compileSelector(given)(labels) || compileSelector(wanted)(labels);
    }),
  );
});
