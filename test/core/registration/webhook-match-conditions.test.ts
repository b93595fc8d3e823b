import fc from 'fast-check';
import { expect, it } from 'vitest';
import { injectAnnotation } from '../../../src/core/identity.ts';
import { mirrorAnnotation } from '../../../src/core/policy/annotations.ts';
import { mismatch } from '../../../src/core/policy/match.ts';
import {
  allMatchConditions,
  matchConditions,
  meetsMatchConditions,
} from '../../../src/core/registration/webhook-match-conditions.ts';
import { readPolicy } from '../../case-folder.ts';
import { evaluateCel } from '../evaluate-cel.ts';
import { spoilt } from '../policy/invalid-policies.ts';

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
  expect(meetsMatchConditions(policyWith(mode), annotations)).toBe(expected);
  expect(
    meetsMatchConditions(policyWith(mode), { ...annotations, [mirrorAnnotation]: 'hash' }),
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
        const object = { metadata: isAbsent ? {} : { annotations: all } };
        const asked = matchConditions(policy).every(
          ({ expression }) => evaluateCel(expression, { object }) === true,
        );
        expect(meetsMatchConditions(policy, given)).toBe(asked);
        if (!asked)
          expect(
            mismatch(policy, { labels: {}, annotations: given }, { namespace: 'agents' }),
          ).toBeDefined();
      },
    ),
    { numRuns: 300 },
  );
});

it('uses no condition that is not among all', () => {
  expect(new Set(policies.flatMap(matchConditions))).toEqual(new Set(allMatchConditions));
});
