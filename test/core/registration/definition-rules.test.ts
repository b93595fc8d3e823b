import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Json, isObject, readList } from '../../../src/core/json.ts';
import { checkSchema } from '../../../src/core/policy/check-schema.ts';
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts';
import { tokenPolicySchema } from '../../../src/core/policy/schema.ts';
import { tokenPolicyDefinition } from '../../../src/core/registration/custom-resource-definition.ts';
import { brokenPolicies } from '../../../tools/reference/broken-policies.ts';
import { arbitraryDamagedPolicy } from '../arbitrary-damaged-policy.ts';
import { evaluateCel } from '../evaluate-cel.ts';
import { invalidPolicies, spoilt } from '../policy/invalid-policies.ts';

const schema: Json = tokenPolicyDefinition().spec.versions[0].schema.openAPIV3Schema;

/** The messages of the rules that a value breaks, in the value and in all that it holds. */
function violations(part: Json, self: unknown): string[] {
  const own = readList(part['x-kubernetes-validations']).flatMap((validation) => {
    const { rule, message } = validation as { rule: string; message: string };
    return evaluateCel(rule, { self }) === true ? [] : [message];
  });
  const { items, additionalProperties: values, properties = {} } = part;
  const inner = Array.isArray(self)
    ? self.flatMap((item) => violations(items as Json, item))
    : Object.entries(isObject(self) ? self : {}).flatMap(([key, value]) =>
        violations(((properties as Json)[key] ?? values ?? {}) as Json, value),
      );
  return [...own, ...inner];
}

/** The messages of the rules that the default of some field breaks: the API server refuses a definition with one. */
function violationsOfDefaults(part: Json): string[] {
  const own = part['default'] === undefined ? [] : violations(part, part['default']);
  const inner = [part['items'], ...Object.values((part['properties'] ?? {}) as Json)];
  return [...own, ...inner.filter(isObject).flatMap(violationsOfDefaults)];
}

/** A policy as the API server asks its rules about it, or nothing where it does not get so far. */
function withDefaults(policy: unknown): unknown {
  const problems: { readonly message: string }[] = [];
  const document = checkSchema(tokenPolicySchema, policy, '', {
    problems: problems as never,
    judgeUnknownField: () => 'unknown',
  });
  return problems.length === 0 ? document : undefined;
}

function expectSameVerdict(policy: unknown): void {
  const parsed = parsePolicy(policy);
  const told = parsed.ok ? [] : parsed.problems.map(({ message }) => message);
  const found = violations(schema, withDefaults(policy));
  // A rule about a whole list or map names what it is about, and is told once however often it is broken.
  const isTold = (message: string) => told.some((other) => message.endsWith(other));
  expect(found.filter((message) => !isTold(message))).toEqual([]);
  expect(told.filter((other) => !found.some((message) => message.endsWith(other)))).toEqual([]);
}

// The test on a real API server compares the whole verdicts; this one needs none.
describe('the rules of the definition, evaluated, say what the parser says', () => {
  const soundInForm = (policies: readonly unknown[]) =>
    policies.filter((policy) => withDefaults(policy) !== undefined);

  it.each(soundInForm([...brokenPolicies, ...invalidPolicies.map(([, change]) => spoilt(change))]))(
    'on %j',
    expectSameVerdict,
  );

  it('on defaults, as they stand in the schema', () => {
    expect(violationsOfDefaults(schema)).toEqual([]);
  });

  it('on policies with damage', () => {
    const policies = soundInForm(fc.sample(arbitraryDamagedPolicy, { numRuns: 1_000, seed: 1 }));
    const good = policies.filter((policy) => parsePolicy(policy).ok).length;
    // Some of both, or the comparison would say little.
    expect(good).toBeGreaterThan(20);
    expect(policies.length - good).toBeGreaterThan(20);
    for (const policy of policies) expectSameVerdict(policy);
  });
});
