import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import type { FromSchema } from '../../src/core/policy/schema-language.ts';
import type { statusSchema } from '../../src/core/policy/status-schema.ts';
import { tokenPolicyDefinition } from '../../src/core/registration/custom-resource-definition.ts';
import type { PolicyStatus } from '../../src/core/status/policy-status.ts';
import type { SecretReport } from '../../src/core/status/secret-status.ts';
import { examplePolicy } from '../../tools/reference/example-policy.ts';
import { accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { verdictOfApiServer } from './policy-verdict.ts';
import { minorVersion } from './server-version.ts';
import { describeCluster } from './suite.ts';
import { type InstalledDefinition, installDefinition } from './token-policy-definition.ts';

describeCluster('a TokenPolicy in the cluster', ({ api, kubectl }) => {
  let installed: InstalledDefinition;
  beforeAll(async () => {
    installed = await installDefinition(api);
  });
  afterAll(async () => {
    await installed?.remove();
  });

  it('lets the status be written of a policy that was stored before a rule was made', async ({
    skip,
  }) => {
    skip((await minorVersion(api)) < 33, 'Kubernetes checks the whole object with each status');
    const policy = {
      ...examplePolicy,
      metadata: { name: 'older-than-its-rules' },
      spec: {
        ...examplePolicy.spec,
        secret: { name: 'My_Secret' },
        inject: { env: [{ name: 'LD_PRELOAD', key: 'token' }] },
      },
    };
    const definition = tokenPolicyDefinition();
    const [version] = definition.spec.versions;
    const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const versions = [{ ...version, schema: { openAPIV3Schema } }];
    try {
      const lax = { ...definition, spec: { ...definition.spec, versions } };
      await accepted(api.apply(lax, { force: true }));
      await eventually('the policy to be accepted', () => accepted(api.create(policy)));
      await accepted(api.apply(definition, { force: true }));
      await eventually('the rules to hold again', async () =>
        expect(await verdictOfApiServer(api, policy)).toMatchObject({ ok: false }),
      );
      const status = { observedGeneration: 1, conditions: [] };
      expect(
        await accepted(api.patch(policy, { status }, { subresource: 'status' })),
      ).toMatchObject({ status, spec: policy.spec });
    } finally {
      await api.apply(definition, { force: true });
      await api.delete(policy);
    }
  });

  const policy = { ...examplePolicy, metadata: { name: 'definition-test' } };
  const condition = (type: string, reason: string) => ({
    type,
    status: 'True' as const,
    reason,
    message: `${reason}.`,
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const status: PolicyStatus & Omit<SecretReport['status'], 'conditions'> = {
    observedGeneration: 1,
    conditions: [
      condition('SecretReady', 'Present'),
      condition('Ready', 'Registered'),
      { ...condition('Injected', 'Kept'), status: 'False' },
      { ...condition('Reachable', 'NotProbed'), status: 'Unknown' },
    ],
    excludedNamespaces: ['legacy'],
    pods: { selected: 5, holding: 4, kept: 1, missed: 0, summary: '4/5' },
    namespaces: 2,
    problems: [{ namespace: 'shop', reason: 'KeyMissing', message: 'Secret a has no key b.' }],
    moreProblems: 0,
  };
  beforeAll(async () => {
    const { spec } = await accepted(api.create({ ...policy, status }));
    expect(spec).toEqual(policy.spec);
  });
  afterAll(async () => {
    await api.delete(policy);
  });

  it('writes status and spec apart', async () => {
    const created = await accepted(api.get(policy));
    expect(created['status']).toBeUndefined();
    // What the controller writes has the type of the schema.
    const whole = status satisfies FromSchema<typeof statusSchema>;
    const reported = await accepted(
      api.patch(
        policy,
        { spec: { secret: { name: 'other' } }, status: whole },
        { subresource: 'status', query: { fieldValidation: 'Strict' } },
      ),
    );
    expect(reported).toMatchObject({ spec: policy.spec, status, metadata: { generation: 1 } });
    const changed = await accepted(
      api.patch(policy, { spec: { secret: { name: 'other' } }, status: { namespaces: 9 } }),
    );
    expect(changed).toMatchObject({
      spec: { secret: { name: 'other' } },
      status,
      metadata: { generation: 2 },
    });
    await accepted(api.patch(policy, { spec: policy.spec }));
  });

  it('refuses a status that is none', async () => {
    for (const [field, wrong] of [
      [
        'status.conditions[0].status',
        { conditions: [{ ...condition('Ready', 'R'), status: 'Yes' }] },
      ],
      ['status.conditions[0].reason', { conditions: [condition('Ready', 'two words')] }],
      ['status.conditions[1]', { conditions: [condition('Ready', 'A'), condition('Ready', 'B')] }],
      ['status.namespaces', { namespaces: -1 }],
      ['status.problems', { problems: Array(21).fill(status.problems[0]) }],
    ] as const) {
      const answer = await api.patch(policy, { status: wrong }, { subresource: 'status' });
      expect(answer).toMatchObject({
        ok: false,
        status: 422,
        body: {
          details: { causes: expect.arrayContaining([expect.objectContaining({ field })]) },
        },
      });
    }
  });

  it('shows what matters in kubectl get, by its short name too', async () => {
    await accepted(api.patch(policy, { status }, { subresource: 'status' }));
    const columns = async (...args: string[]) => {
      const { stdout } = await kubectl(['get', ...args, policy.metadata.name]);
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/));
    };
    const age = expect.stringMatching(/^\d+[sm]/) as string;
    const row = ['definition-test', 'agent-token', '4/5', 'True', 'True', 'Unknown', age];
    // Discovery of a new kind may take kubectl a moment.
    await eventually('the short name', async () =>
      expect(await columns('tp')).toEqual([
        ['NAME', 'SECRET', 'PODS', 'READY', 'SECRETREADY', 'REACHABLE', 'AGE'],
        row,
      ]),
    );
    expect(await columns('tokenpolicies', '-o', 'wide')).toEqual([
      [
        'NAME',
        'SECRET',
        'PODS',
        'READY',
        'SECRETREADY',
        'REACHABLE',
        'AGE',
        'REASON',
        'INJECTED',
        'MESSAGE',
      ],
      [...row, 'Registered', 'Kept', 'Registered.'],
    ]);
  });

  it('can be read by the parser as kubectl prints it', async () => {
    await accepted(api.patch(policy, { status }, { subresource: 'status' }));
    const { stdout } = await kubectl([
      'get',
      'tokenpolicy',
      policy.metadata.name,
      '-o',
      'yaml',
      '--show-managed-fields',
    ]);
    const printed = parse(stdout) as Record<string, unknown>;
    expect(printed).toMatchObject({ status, metadata: { managedFields: expect.any(Array) } });
    expect(parsePolicy(printed)).toMatchObject({ ok: true, policy: { spec: policy.spec } });
  });

  it('is explained by kubectl', async () => {
    const { stdout } = await kubectl(['explain', 'tokenpolicy.spec.enforce.missingToken']);
    expect(stdout).toContain('the API server itself denies it');
  });
});
