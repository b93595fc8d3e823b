import fc from 'fast-check';
import { expect, it } from 'vitest';
import { injectAnnotation } from '../../../src/core/identity.ts';
import { mirrorAnnotation } from '../../../src/core/policy/annotations.ts';
import { mismatch } from '../../../src/core/policy/match.ts';
import {
  type MatchCondition,
  allMatchConditions,
  isAccountConditionCel,
  matchConditions,
  meetsMatchConditions,
} from '../../../src/core/registration/webhook-match-conditions.ts';
import { readPolicy } from '../../case-folder.ts';
import { evaluateCel } from '../evaluate-cel.ts';
import { spoilt } from '../policy/invalid-policies.ts';

const serviceAccountName = 'agent';

const policyWith = (annotation: string) =>
  readPolicy(spoilt(({ spec }) => Object.assign(spec, { match: { annotation } })));
const policies = ['Required', 'Optional', 'Ignored'].map(policyWith);

it.each([
  ['Required', undefined, false],
  ['Required', 'true', true],
  ['Required', 'false', true],
  ['Required', 'Illegible!', true],
  ['Optional', undefined, true],
  ['Optional', 'false', false],
  ['Optional', 'False', true],
  ['Ignored', undefined, true],
  ['Ignored', 'false', true],
])('under %s a pod that says %s is asked about: %s', (mode, value, expected) => {
  const annotations = value === undefined ? {} : { [injectAnnotation]: value };
  expect(meetsMatchConditions(policyWith(mode), { annotations, serviceAccountName })).toBe(
    expected,
  );
  expect(
    meetsMatchConditions(policyWith(mode), {
      annotations: { ...annotations, [mirrorAnnotation]: 'hash' },
      serviceAccountName,
    }),
  ).toBe(false);
});

it('filters as its CEL does, and never a pod that the policy concerns', () => {
  const name = policies[0]!.name;
  const annotations = fc.record(
    {
      [injectAnnotation]: fc.constantFrom('true', 'false', name, 'other', ' false', '?', ''),
      [mirrorAnnotation]: fc.constantFrom('hash', ''),
      other: fc.constant('x'),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...policies),
      annotations,
      fc.boolean(),
      (policy, all, isAbsent) => {
        const given = isAbsent ? {} : all;
        const spec = { serviceAccountName };
        const object = { metadata: isAbsent ? {} : { annotations: all }, spec };
        const pod = { labels: {}, annotations: given, serviceAccountName };
        const asked = matchConditions(policy).every(
          ({ expression }) => evaluateCel(expression, { object }) === true,
        );
        expect(meetsMatchConditions(policy, pod)).toBe(asked);
        if (!asked) expect(mismatch(policy, pod, { namespace: 'agents' })).toBeDefined();
      },
    ),
    { numRuns: 300 },
  );
});

it('uses no condition that is not among all', () => {
  expect(new Set(policies.flatMap(matchConditions))).toEqual(new Set(allMatchConditions));
});

it('asks by the name of the ServiceAccount, where the policy names some', () => {
  const named = readPolicy(
    spoilt(({ spec }) => (spec.match = { serviceAccountNames: ['agent', 'o.1'] })),
  );
  const asked = (spec: object) =>
    matchConditions(named).every(
      ({ expression }) => evaluateCel(expression, { object: { metadata: {}, spec } }) === true,
    );
  expect([
    asked({ serviceAccountName: 'o.1' }),
    asked({ serviceAccountName: 'o' }),
    asked({}),
  ]).toEqual([true, false, false]);
  const c = matchConditions(named).at(-1)!;
  const isOurs = (condition: MatchCondition) =>
    evaluateCel(isAccountConditionCel(), { c: condition }) === true;
  expect(isOurs(c)).toBe(true);
  expect(isOurs({ ...c, expression: `${c.expression} && false` })).toBe(false);
  expect(isOurs({ ...c, name: 'asked-for' })).toBe(false);
});
