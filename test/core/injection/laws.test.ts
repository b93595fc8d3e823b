import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideInjection } from '../../../src/core/injection/decide-injection.ts';
import { policySet } from '../../../src/core/policy/policy-set.ts';
import { applyOperations } from '../../../src/manifests/edit/apply-operations.ts';
import { readPolicy } from '../../case-folder.ts';
import { deepFreeze } from '../../deep-freeze.ts';
import { arbitraryPod } from '../arbitrary-pod.ts';
import { arbitraryPolicy } from '../arbitrary-policy.ts';

const situations = arbitraryPolicy
  .map((object) => readPolicy(object))
  .chain((policy) => fc.tuple(fc.constant(policy), arbitraryPod(policy)));
const factsOf = (
  policy: Parameters<typeof policySet>[0] extends Iterable<infer P> ? P : never,
) => ({
  namespace: 'agents',
  ownNamespace: 'token-injector',
  set: policySet([policy]),
});

describe('laws of deciding, for any policy and pod', () => {
  it('is total, leaves its input alone and gives the same answer twice', () => {
    fc.assert(
      fc.property(situations, ([policy, pod]) => {
        deepFreeze(pod);
        const facts = deepFreeze(factsOf(policy));
        expect(decideInjection(policy, pod, facts)).toEqual(decideInjection(policy, pod, facts));
      }),
      { numRuns: 500 },
    );
  });

  it('gives operations that apply, after which nothing is left to do', () => {
    fc.assert(
      fc.property(situations, ([policy, pod]) => {
        const facts = factsOf(policy);
        const decision = decideInjection(policy, pod, facts);
        if (!decision.changed) return;
        const result = applyOperations(pod, decision.operations);
        expect(decideInjection(policy, result, facts).changed).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('changes nothing but env, volumeMounts and volumes', () => {
    fc.assert(
      fc.property(situations, ([policy, pod]) => {
        const decision = decideInjection(policy, pod, factsOf(policy));
        if (!decision.changed) return;
        expect(withoutOurs(applyOperations(pod, decision.operations))).toEqual(withoutOurs(pod));
      }),
      { numRuns: 500 },
    );
  });

  it('decides on any JSON at all', () => {
    fc.assert(
      fc.property(arbitraryPolicy, fc.jsonValue(), (object, pod) => {
        const policy = readPolicy(object);
        expect(decideInjection(policy, pod, factsOf(policy)).reason).toBeTypeOf('string');
      }),
    );
  });

  it('warns in at most 120 characters without control characters', () => {
    fc.assert(
      fc.property(situations, ([policy, pod]) => {
        for (const { message } of decideInjection(policy, pod, factsOf(policy)).warnings) {
          expect(message).toMatch(/^[ -~]{1,120}$/);
        }
      }),
    );
  });
});

function withoutOurs(pod: unknown): unknown {
  const ours = ['env', 'volumeMounts', 'volumes'];
  return JSON.parse(JSON.stringify(pod, (key, value) => (ours.includes(key) ? undefined : value)));
}
