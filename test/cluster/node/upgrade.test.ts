import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { schemaRevision } from '../../../src/core/policy/schema-revision.ts';
import { tokenPolicyDefinition } from '../../../src/core/registration/custom-resource-definition.ts';
import { accepted, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { variablePolicyValues } from '../registration.ts';
import { installRelease, type Release } from './installed-release.ts';
import { makeOlderChart } from './older-chart.ts';
import { startPodStream, summaryOf } from './pod-stream.ts';
import { isReady, podThat, printed, printHashOfVariable, scriptContainer } from './pods.ts';
import { describeNode } from './suite.ts';

const token = 'a token that outlives an upgrade';
const hash = createHash('sha256').update(token).digest('hex');
const reference = { variable: 'AIKIDO_API_TOKEN', secret: 'aikido-api-secret' };
const labels = { 'aikido-security': 'kubernetes-agent' };
const common = {
  ...variablePolicyValues,
  enforcement: { missingToken: { policies: ['by-hand'] } },
  webhook: { drainSeconds: 5 },
};

/** Each field that the older definition has. */
const written = {
  apiVersion: 'token-injector.dev/v1alpha1',
  kind: 'TokenPolicy',
  metadata: {
    name: 'by-hand',
    labels: { team: 'one' },
    annotations: { why: 'it has its own agent' },
  },
  spec: {
    match: {
      namespaceSelector: { matchExpressions: [{ key: 'no-agents', operator: 'DoesNotExist' }] },
      podSelector: { matchLabels: { agent: 'by-hand' } },
      annotation: 'Ignored',
      containers: { include: ['agent*'], exclude: ['proxy'] },
    },
    secret: { name: reference.secret },
    inject: {
      env: [{ name: 'BY_HAND', key: 'token', optional: true, whenPresent: 'Keep' }],
      files: [{ mountPath: '/etc/by-hand', items: [{ key: 'token', path: 'token' }] }],
    },
    enforce: { missingToken: 'Deny' },
  },
};
const definition = tokenPolicyDefinition();
const byHelm = { ...written, metadata: { name: 'aikido' } };

describeNode('an upgrade from the version before', ({ api, helm, kubectl, images }) => {
  let folder = '';
  let namespace = '';
  let release: Release;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'token-injector-older-chart-'));
    namespace = await createNamespace(api, 'upgrade');
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: reference.secret },
    };
    await accepted(api.create({ ...secret, stringData: { token } }));
    const values = { ...common, verbosity: 'info' };
    release = await installRelease({ api, helm, images }, values, makeOlderChart(folder));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await api.delete(written);
    await release?.remove();
    await deleteNamespace(api, namespace);
  });

  const agent = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [scriptContainer(images.agent, printHashOfVariable(reference.variable))],
    },
  });
  const revision = async () => {
    const { metadata } = await accepted(api.get(definition));
    return metadata.annotations?.['token-injector.dev/schema-revision'];
  };
  const policies = () =>
    Promise.all(
      [written, byHelm].map(async (policy) => {
        const { metadata, spec } = await accepted(api.get<typeof written & KubeObject>(policy));
        const { uid, annotations } = metadata;
        // Those of a release say its chart's version.
        const team = metadata.labels?.team;
        return { uid, team, annotations, spec };
      }),
    );
  const chartOfRelease = async () => {
    const { stdout } = await helm(['list', '--namespace', release.namespace, '--output', 'json']);
    return (JSON.parse(stdout) as { chart: string }[]).map(({ chart }) => chart);
  };
  const setSystemNamespaces = () =>
    api.patch(
      written,
      { spec: { match: { systemNamespaces: true } } },
      { query: { fieldValidation: 'Strict' } },
    );

  it('and its rollback lose no definition, policy or pod', async () => {
    expect(await chartOfRelease()).toEqual(['token-injector-0.0.9']);
    expect(await revision()).toBe(String(schemaRevision - 1));
    await accepted(api.create(written, { query: { fieldValidation: 'Strict' } }));
    expect(await setSystemNamespaces()).toMatchObject({
      ok: false,
      body: { message: expect.stringContaining('unknown field "spec.match.systemNamespaces"') },
    });
    const old = agent('before');
    await accepted(api.create(old));
    const before = await podThat(api, { namespace, name: 'before' }, isReady);
    const policiesBefore = await policies();

    const stream = startPodStream(api, agent, reference, { realEach: 100 });
    try {
      await stream.more(20);
      // Values of the older chart that ours does not know: nothing happens.
      await expect(release.upgrade({ ...common, verbosity: 'info' })).rejects.toThrow('verbosity');
      await release.upgrade({ ...common, logLevel: 'debug' });
      expect(await chartOfRelease()).toEqual([expect.not.stringContaining('0.0.9')]);
      await eventually('the definition to come forward', async () =>
        expect(await revision()).toBe(String(schemaRevision)),
      );
      expect(await policies()).toMatchObject(policiesBefore);
      await eventually('the new field', () => accepted(setSystemNamespaces()));
      const policiesNow = await policies();
      await stream.more(20);

      await release.rollback();
      expect(await chartOfRelease()).toEqual(['token-injector-0.0.9']);
      await stream.more(20);
      expect(await revision()).toBe(String(schemaRevision));
      expect(await policies()).toEqual(policiesNow);
      expect(policiesNow[0]?.spec.match).toMatchObject({ systemNamespaces: true });
    } finally {
      process.stderr.write(`upgrade: ${summaryOf(await stream.stop())}\n`);
    }
    const { missed, denied, undecided } = stream.counts;
    expect({ missed, denied, undecided }).toEqual({ missed: 0, denied: 0, undecided: new Map() });
    const after = await podThat(api, { namespace, name: 'before' }, isReady);
    expect([after.metadata.uid, after['spec']]).toEqual([before.metadata.uid, before['spec']]);
    expect(after.status.containerStatuses).toMatchObject([{ restartCount: 0 }]);
    for (const name of ['before', ...stream.created]) {
      await podThat(api, { namespace, name }, isReady);
      await printed(kubectl, { namespace, name }, hash);
    }
  });
});
