import fc from 'fast-check';
import { expect, it } from 'vitest';
import { podSelections } from '../../../src/core/policy/pod-selections.ts';
import type { LabelSelector } from '../../../src/core/policy/schema.ts';
import { readPolicy } from '../../case-folder.ts';
import { tokenPolicy } from '../../controllers/controller-under-test.ts';
import { isSelected } from '../../kube/fake-selectors.ts';

const policy = (podSelector: LabelSelector) =>
  readPolicy(tokenPolicy('agent', { match: { podSelector } }));
const app = (...values: string[]): LabelSelector => ({
  matchExpressions: [{ key: 'app', operator: 'In', values }],
});
const exists = (key: string): LabelSelector => ({
  matchExpressions: [{ key, operator: 'Exists' }],
});

it.each<[string, LabelSelector[], string[]]>([
  ['nothing for no policy', [], []],
  ['one for a label of several policies', [app('b'), app('a', 'b')], ['app in (a, b)']],
  ['one for each label', [app('a'), { matchLabels: { team: 'x' } }], ['app in (a)', 'team in (x)']],
  [
    'the label that most policies share',
    [{ matchLabels: { team: 'x', app: 'a' } }, app('b')],
    ['app in (a, b)'],
  ],
  ['all values where one policy wants any', [app('a'), exists('app')], ['app']],
  ['a value rather than any', [{ ...exists('team'), matchLabels: { app: 'a' } }], ['app in (a)']],
  [
    'every pod where a policy only leaves out',
    [app('a'), { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['b'] }] }],
    [''],
  ],
  ['every pod where a policy selects all', [app('a'), {}], ['']],
])('selects %s', (_, selectors, expected) => {
  expect(podSelections(selectors.map(policy))).toEqual(expected);
});

it('selects every pod that a policy selects', () => {
  const text = fc.constantFrom('a', 'b', 'c');
  const requirement = fc.oneof(
    fc.record({
      key: text,
      operator: fc.constantFrom('In' as const, 'NotIn' as const),
      values: fc.uniqueArray(text, { minLength: 1 }),
    }),
    fc.record({ key: text, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
  );
  const selector = fc.record({
    matchLabels: fc.dictionary(text, text),
    matchExpressions: fc.array(requirement),
  });
  fc.assert(
    fc.property(
      fc.array(selector, { minLength: 1, maxLength: 4 }),
      fc.dictionary(text, text),
      (selectors, labels) => {
        const policies = selectors.map(policy);
        fc.pre(policies.some((one) => one.selectsPod(labels)));
        const pod = { metadata: { name: 'pod', labels } };
        expect(
          podSelections(policies).some((labelSelector) => isSelected(pod, { labelSelector })),
        ).toBe(true);
      },
    ),
  );
});
