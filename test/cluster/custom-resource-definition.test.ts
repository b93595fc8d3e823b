import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { tokenPolicyDefinition } from '../../src/core/registration/custom-resource-definition.ts';
import { brokenPolicies } from '../../tools/reference/broken-policies.ts';
import { examplePolicy } from '../../tools/reference/example-policy.ts';
import { arbitraryDamagedPolicy } from '../core/arbitrary-damaged-policy.ts';
import { arbitraryPolicy } from '../core/arbitrary-policy.ts';
import { goodPolicy, invalidPolicies, spoilt } from '../core/policy/invalid-policies.ts';
import { accepted } from './api.ts';
import { verdictOfApiServer, wantSameVerdict } from './policy-verdict.ts';
import { describeCluster } from './suite.ts';
import { type InstalledDefinition, installDefinition } from './token-policy-definition.ts';

// The seed is part of the test: what fails once fails again.
const sample = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number) =>
  fc.sample(arbitrary, { numRuns, seed: 20_261_124 });

describeCluster('the definition of TokenPolicy', ({ api, kubectl }) => {
  let installed: InstalledDefinition;
  beforeAll(async () => {
    installed = await installDefinition(api);
  });
  afterAll(async () => {
    await installed?.remove();
  });

  it('is stored as it stands, without a warning, and a second time changes nothing', async () => {
    expect(installed.answer.warnings).toEqual([]);
    const definition = tokenPolicyDefinition();
    const first = await accepted(api.get(definition));
    expect(first).toMatchObject(definition);
    const second = await accepted(api.apply(definition, { force: true }));
    expect(second.metadata['generation']).toBe(first.metadata['generation']);
  });

  describe('gives the verdict of the parser', () => {
    it.each([
      ['the example with every field', examplePolicy],
      ['a policy with defaults only', spoilt((draft) => delete draft.spec['match'])],
      [
        'a policy with nulls',
        spoilt(({ spec }) => Object.assign(spec, { match: null, enforce: null })),
      ],
      [
        'a null within a selector',
        spoilt(({ spec }) => (spec['match'].podSelector = { matchLabels: null })),
      ],
      ['the largest policy', largestPolicy()],
    ])('on %s', async (_, policy) => {
      expect(parsePolicy(policy)).toMatchObject({ ok: true });
      await wantSameVerdict(api, policy);
    });

    it.each(invalidPolicies)('on %s', async (_, change) => {
      const policy = spoilt(change);
      expect(parsePolicy(policy)).toMatchObject({ ok: false });
      await wantSameVerdict(api, policy);
    });

    it.each(brokenPolicies.map((policy) => [policy]))('on a broken rule: %j', async (policy) => {
      await wantSameVerdict(api, policy);
      const parsed = parsePolicy(policy);
      const verdict = await verdictOfApiServer(api, policy);
      // In the same words.
      for (const { message } of parsed.ok ? [] : parsed.problems)
        expect(verdict).toMatchObject({ ok: false, message: expect.stringContaining(message) });
    });

    it.each(['LD_PRELOAD', 'Path', 'git_ssh_command', 'BASH_FUNC_x', 'ENV'])(
      'on the variable %s',
      async (name) => {
        await wantSameVerdict(
          api,
          spoilt(({ spec }) => (spec['inject'].env[0].name = name)),
        );
      },
    );

    it('on generated policies', async () => {
      for (const policy of sample(arbitraryPolicy, 100)) await wantSameVerdict(api, policy);
    });

    it('on generated policies with damage', async () => {
      const policies = sample(arbitraryDamagedPolicy, 600);
      const good = policies.filter((policy) => parsePolicy(policy).ok).length;
      // Some of both, or the comparison would say little.
      expect(good).toBeGreaterThan(20);
      expect(policies.length - good).toBeGreaterThan(200);
      for (const policy of policies) await wantSameVerdict(api, policy);
    });
  });

  describe('differs from the parser', () => {
    it.each([
      // What the API server knows of metadata is its own affair; a policy file only needs a name.
      [
        'a field of metadata that nobody knows',
        { metadata: { name: 'a', lables: {} } },
        true,
        false,
      ],
      [
        'a label of the policy that is none',
        { metadata: { name: 'a', labels: { a: '!' } } },
        true,
        false,
      ],
      // What is stored has a name, so the parser never meets such an object in a cluster.
      ['a name that the API server makes up', { metadata: { generateName: 'a-' } }, false, true],
      // A file printed by kubectl beside a newer controller must not become useless.
      ['a status with a field of a later version', { status: { later: 1 } }, true, false],
    ])('on %s, on purpose', async (_, part, parser, apiServer) => {
      const policy = { ...goodPolicy(), ...part };
      expect(parsePolicy(policy).ok).toBe(parser);
      expect((await verdictOfApiServer(api, policy)).ok).toBe(apiServer);
    });
  });

  it('makes kubectl apply say how to mend a policy', async () => {
    const policy = spoilt((draft) => {
      draft.spec['secret'].name = 'My_Secret';
      draft.spec['inject'].env[0].name = 'LD_PRELOAD';
      draft.spec['match'] = {};
      draft.spec['enforce'] = { missingToken: 'Deny' };
    });
    const { code, stderr } = await kubectl(['apply', '-f', '-'], { input: stringify(policy) });
    expect(code).not.toBe(0);
    // An older API server names the type of what is refused instead.
    const text = stderr.replaceAll(/: Invalid value: "[^"]*"/g, ': Invalid value');
    for (const words of [
      'spec.secret.name: Invalid value: must be a Secret name: lower-case letters, digits, "-" and "."',
      'spec.inject.env[0].name: Invalid value: must not be a variable that loads code or changes how programs start',
      'spec.enforce.missingToken: Invalid value: must not be Deny for a policy that no label is required for: set match.namespaces, set a label in match.podSelector or match.namespaceSelector by matchLabels, In, or Exists of one that Kubernetes does not set itself, or set match.annotation: Required',
    ])
      expect(text).toContain(words);
  });

  it('makes kubectl apply name a field that it does not know', async () => {
    const policy = spoilt(({ spec }) => (spec['rotation'] = {}));
    const { code, stderr } = await kubectl(['apply', '-f', '-'], { input: stringify(policy) });
    expect(code).not.toBe(0);
    expect(stderr).toContain('unknown field "spec.rotation"');
  });
});

/** A policy at every limit of its schema: what its check costs must stay within the API server's budget. */
function largestPolicy(): unknown {
  const times = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, index) => make(index));
  const long = (index: number, length: number) => `a${index}`.padEnd(length, 'x');
  const key = (index: number) => `${times(4, () => 'p'.repeat(62)).join('.')}/${long(index, 63)}`;
  const selector = {
    matchLabels: Object.fromEntries(times(64, (index) => [key(index), 'v'.repeat(63)])),
    matchExpressions: times(64, (index) => ({
      key: key(index),
      operator: 'NotIn',
      values: times(64, (value) => long(value, 63)),
    })),
  };
  const names = times(64, (index) => long(index, 63));
  return {
    ...goodPolicy(),
    spec: {
      match: {
        namespaceSelector: selector,
        podSelector: selector,
        containers: { include: names, exclude: names },
      },
      secret: { name: 's'.repeat(253) },
      inject: {
        env: times(32, (index) => ({ name: long(index, 253), key: 'k'.repeat(253) })),
        files: [
          {
            mountPath: `/${'m'.repeat(1023)}`,
            items: times(32, (index) => ({ key: 'k'.repeat(253), path: long(index, 1024) })),
          },
        ],
      },
      enforce: { missingToken: 'Deny' },
    },
  };
}
