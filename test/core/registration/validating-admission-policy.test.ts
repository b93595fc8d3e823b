import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideInjection } from '../../../src/core/injection/decide-injection.ts';
import type { Policy } from '../../../src/core/policy/compile-policy.ts';
import { type PolicySet, policySet } from '../../../src/core/policy/policy-set.ts';
import { validatingAdmissionPolicy } from '../../../src/core/registration/validating-admission-policy.ts';
import { applyOperations } from '../../../src/manifests/edit/apply-operations.ts';
import { ownNamespace, readCases, readPolicy } from '../../case-folder.ts';
import { arbitraryPolicy } from '../arbitrary-policy.ts';
import { arbitraryValidPod } from '../arbitrary-valid-pod.ts';
import { evaluateCel } from '../evaluate-cel.ts';
import { withoutSelectors } from '../without-selectors.ts';

const denying = (policy: Policy): Policy => ({
  ...policy,
  spec: { ...policy.spec, enforce: { missingToken: 'Deny' } },
});

/** What the API server answers to a pod that the selectors select: the message of the denial, or `allowed`. */
function verdictOf(policy: Policy, set: PolicySet, pod: unknown): string {
  const [first] = validatingAdmissionPolicy(denying(policy), set, ownNamespace);
  const { matchConditions, variables, validations } = (first as ValidatingAdmissionPolicy).spec;
  // Decoding a pod drops what is null.
  const object: unknown = JSON.parse(
    JSON.stringify(pod),
    (_, value: unknown) => value ?? undefined,
  );
  const context = { object, variables: {} as Record<string, unknown> };
  if (!matchConditions.every(({ expression }) => evaluateCel(expression, context)))
    return 'allowed';
  for (const { name, expression } of variables)
    context.variables[name] = evaluateCel(expression, context);
  const [{ expression, messageExpression }] = validations;
  return evaluateCel(expression, context) === true
    ? 'allowed'
    : String(evaluateCel(messageExpression, context));
}

interface ValidatingAdmissionPolicy {
  readonly spec: {
    readonly matchConditions: readonly { readonly expression: string }[];
    readonly variables: readonly { readonly name: string; readonly expression: string }[];
    readonly validations: readonly [
      { readonly expression: string; readonly messageExpression: string },
    ];
  };
}

/** What the core decides where the selectors, which are the API server's own, select the pod. */
function decisionOf(policy: Policy, set: PolicySet, pod: unknown) {
  return decideInjection(withoutSelectors(policy), pod, { namespace: 'agents', set });
}

function expectSameVerdict(policy: Policy, set: PolicySet, pod: unknown): void {
  const decision = decisionOf(policy, set, pod);
  expect(verdictOf(policy, set, pod)).toEqual(
    decision.changed
      ? expect.stringMatching(
          /^container "[a-z0-9-]+" would start without its token \(.+ from Secret .+, TokenPolicy .+\): /,
        )
      : 'allowed',
  );
  if (decision.changed)
    expect(verdictOf(policy, set, applyOperations(pod, decision.operations))).toBe('allowed');
}

// The test on a real API server does the same; this one needs none, and an interpreter that others wrote.
describe('the ValidatingAdmissionPolicy, evaluated, gives the verdict of the core', () => {
  const cases = readCases().filter(
    ({ facts, apiServer }) => !facts.ephemeral && !apiServer?.startsWith('refuses'),
  );

  it.each(cases)('on case $name: $title', ({ set, pod }) => {
    for (const policy of set.policies) expectSameVerdict(policy, set, pod);
  });

  const situation = arbitraryPolicy.chain((object) => {
    const policy = readPolicy(object);
    const { spec } = policy;
    const other = readPolicy({
      ...object,
      metadata: { name: 'other' },
      spec: { ...spec, enforce: {}, secret: { name: 'other' } },
    });
    return arbitraryValidPod(policy).map((pod) => ({
      policy,
      set: policySet([policy, other]),
      pod,
    }));
  });

  it('on any policy and pod', () => {
    fc.assert(
      fc.property(situation, ({ policy, set, pod }) => expectSameVerdict(policy, set, pod)),
      { numRuns: 500 },
    );
  });

  it('on pods of which many are denied, and many are not', () => {
    const sample = fc.sample(situation, { numRuns: 500, seed: 20_261_128 });
    const denied = sample.filter(({ policy, set, pod }) => decisionOf(policy, set, pod).changed);
    expect(denied.length).toBeGreaterThan(80);
    expect(denied.length).toBeLessThan(420);
  });
});
