import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideInjection } from '../../../src/core/injection/decide-injection.ts';
import type { Decision } from '../../../src/core/injection/decision.ts';
import { injectionReasons } from '../../../src/core/injection/reasons.ts';
import { matchReasons } from '../../../src/core/policy/reasons.ts';
import { policySet } from '../../../src/core/policy/policy-set.ts';
import { applyOperations } from '../../../src/manifests/edit/apply-operations.ts';
import { readPolicy } from '../../case-folder.ts';
import { deepFreeze } from '../../deep-freeze.ts';
import { arbitraryPolicy } from '../arbitrary-policy.ts';
import { type Situation, arbitrarySituation } from './arbitrary-situation.ts';

interface Step {
  readonly decision: Decision;
  readonly before: unknown;
  readonly after: unknown;
}

/** What each policy decides in turn, each on what those before have made of the pod. */
function decideInTurn({ policies, pod, facts }: Situation): Step[] {
  let before = pod;
  return policies.map((policy) => {
    const decision = decideInjection(policy, deepFreeze(before), facts);
    const after = decision.changed ? applyOperations(before, decision.operations) : before;
    const step = { decision, before, after };
    before = after;
    return step;
  });
}

const runs = 2_000;

describe('the situations in which the laws are tried', () => {
  // The seed is part of the test, so that a share never depends on luck.
  const decisions = fc
    .sample(arbitrarySituation, { numRuns: runs, seed: 20_261_130 })
    .flatMap((situation) => decideInTurn(situation).map(({ decision }) => decision));

  it('have something to do in most cases', () => {
    const changed = decisions.filter((decision) => decision.changed);
    expect(changed.length / decisions.length).toBeGreaterThan(0.6);
  });

  it('bring every reason that matching and deciding can give', () => {
    const given = new Set<string>(
      decisions.flatMap(({ reason, outcomes, warnings }) => [
        reason,
        ...outcomes.map((outcome) => outcome.reason),
        ...warnings.map((warning) => warning.reason),
      ]),
    );
    const all = Object.keys({ ...matchReasons, ...injectionReasons });
    expect(all.filter((reason) => !given.has(reason))).toEqual([]);
  });
});

describe('laws of deciding, for any policies and pod', () => {
  const law = (holds: (situation: Situation) => void) =>
    fc.assert(fc.property(arbitrarySituation, holds), { numRuns: 300 });

  it('leaves its input alone and gives the same answer twice', () => {
    law((situation) => {
      deepFreeze(situation);
      expect(decideInTurn(situation)).toEqual(decideInTurn(situation));
    });
  });

  it('leaves nothing to do for any of the policies, in whatever order they are asked again', () => {
    law((situation) => {
      const pod = decideInTurn(situation).at(-1)!.after;
      for (const policy of situation.policies)
        expect(decideInjection(policy, pod, situation.facts).changed).toBe(false);
    });
  });

  it('changes nothing but env, volumeMounts and volumes', () => {
    law((situation) => {
      for (const { before, after } of decideInTurn(situation))
        expect(withoutOurs(after)).toEqual(withoutOurs(before));
    });
  });

  it('takes no entry, mount or volume away, and adds none that is not of a policy', () => {
    law((situation) => {
      for (const { before, after, decision } of decideInTurn(situation)) {
        if (!decision.changed) continue;
        // The outcome of a variable is that of its last entry; one before it may have been replaced, for Windows also by
        // another case of its name. So the operations tell, and not the outcomes: a replaced reference has no warning.
        const replaced = decision.operations.some(({ op }) => op === 'replace');
        if (!replaced) expect(namesIn(after)).toEqual(expect.arrayContaining(namesIn(before)));
        const secrets = new Set(
          situation.policies.flatMap(({ secretKeys }) => secretKeys.map(({ secret }) => secret)),
        );
        for (const secret of addedSecrets(before, after)) expect(secrets).toContain(secret);
      }
    });
  });

  it('warns in at most 120 characters without control characters', () => {
    law((situation) => {
      for (const { decision } of decideInTurn(situation))
        for (const { message } of decision.warnings) expect(message).toMatch(/^[ -~]{1,120}$/);
    });
  });

  it('decides on any JSON at all', () => {
    fc.assert(
      fc.property(arbitraryPolicy, fc.jsonValue(), (object, pod) => {
        const policy = readPolicy(object);
        const facts = { namespace: 'agents', set: policySet([policy]) };
        expect(decideInjection(policy, pod, facts).reason).toBeTypeOf('string');
      }),
    );
  });
});

const ours = ['env', 'volumeMounts', 'volumes'];

function withoutOurs(pod: unknown): unknown {
  return JSON.parse(JSON.stringify(pod, (key, value) => (ours.includes(key) ? undefined : value)));
}

/** The text of every name in a pod, in the order of the text. */
function namesIn(pod: unknown): string[] {
  return JSON.stringify(pod).match(/"(?:name|mountPath)":"(?:[^"\\]|\\.)*"/g) ?? [];
}

/** The names of Secrets that a pod refers to and did not before. */
function addedSecrets(before: unknown, after: unknown): string[] {
  const secretsOf = (pod: unknown) =>
    [
      ...JSON.stringify(pod).matchAll(/"secretKeyRef":\{"name":"([^"]*)"|"secretName":"([^"]*)"/g),
    ].map(([, key, volume]) => key ?? volume!);
  const known = new Set(secretsOf(before));
  return secretsOf(after).filter((name) => !known.has(name));
}
