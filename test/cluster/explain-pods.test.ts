import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { validatingAdmissionPolicy } from '../../src/core/registration/validating-admission-policy.ts';
import { run } from '../commands/program.ts';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { describeCluster } from './suite.ts';
import { type InstalledDefinition, installDefinition } from './token-policy-definition.ts';

const containers = [{ name: 'app', image: 'registry.example/app:1.0.0' }];

describeCluster('explain of a workload', ({ api, kubeconfig }) => {
  let namespace = '';
  let definition: InstalledDefinition | undefined;
  const created: KubeObject[] = [];
  const create = async (object: KubeObject) => {
    created.push(await accepted(api.create(object)));
  };

  async function explain(name: string) {
    const words = ['explain', `deployment/${name}`, '-n', namespace, '-o', 'json'];
    const { code, stdout, stderr } = await run(words, { env: { KUBECONFIG: kubeconfig } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as {
      readonly pods: readonly unknown[];
      readonly denied: readonly { readonly message: string }[];
      readonly advice: readonly { readonly command?: string }[];
    };
  }

  const labelsOf = (app: string) => ({ app, team: namespace });
  const deployment = (app: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, namespace },
    spec: {
      replicas: 2,
      selector: {
        matchLabels: { app },
        matchExpressions: [
          { key: 'app', operator: 'In', values: [app, 'other'] },
          { key: 'track', operator: 'NotIn', values: ['test', 'canary'] },
          { key: 'team', operator: 'Exists' },
          { key: 'legacy', operator: 'DoesNotExist' },
        ],
      },
      template: { metadata: { labels: labelsOf(app) }, spec: { containers } },
    },
  });

  beforeAll(async () => {
    namespace = await createNamespace(api, 'explain-pods');
    definition = await installDefinition(api);
    const policy = {
      apiVersion: 'token-injector.dev/v1alpha1',
      kind: 'TokenPolicy',
      metadata: { name: namespace },
      spec: {
        match: { podSelector: { matchLabels: { team: namespace } } },
        secret: { name: 'aikido-api-secret' },
        inject: { env: [{ name: 'AIKIDO_API_TOKEN', key: 'token' }] },
        enforce: { missingToken: 'Deny' },
      },
    };
    await create(policy);
    await create(deployment('before'));
    const bare = { name: 'bare', namespace, labels: labelsOf('before') };
    await create({ apiVersion: 'v1', kind: 'Pod', metadata: bare, spec: { containers } });
    await eventually('the pods of the Deployment', async () => {
      const { pods } = await explain('before');
      expect(pods).toMatchObject([{ lacks: 2 }]);
    });
    const parsed = parsePolicy(policy);
    if (!parsed.ok) throw new Error('the policy is not valid');
    for (const object of validatingAdmissionPolicy(
      parsed.policy,
      policySet([parsed.policy]),
      'nowhere',
    ))
      await create(object);
    await eventually('the ValidatingAdmissionPolicy to be in force', async () => {
      const metadata = { name: 'late', namespace, labels: labelsOf('late') };
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } };
      expect(await api.create(pod, { query: { dryRun: 'All' } })).toMatchObject({ ok: false });
    });
    await create(deployment('after'));
  });
  afterAll(async () => {
    await Promise.all(created.map((object) => api.delete(object)));
    await definition?.remove();
    await deleteNamespace(api, namespace);
  });

  it('counts the pods that it made, and no other that its selector finds', async () => {
    expect(await explain('before')).toMatchObject({
      pods: [{ policy: namespace, holds: 0, waits: 0, lacks: 2, keeps: 0, leftOut: 0 }],
    });
  });

  describe('where nothing is registered', () => {
    it('says so, promises no token and advises no restart', async () => {
      const explained = await explain('before');
      expect(explained).toMatchObject({
        installed: 'no',
        policies: [{ policy: namespace, verdict: 'would-get', reason: 'not-installed' }],
      });
      expect(explained.advice.filter(({ command }) => command?.includes('restart'))).toEqual([]);
    });
  });

  it('tells that the API server denies its pods', async () => {
    await eventually('the condition of the Deployment', async () => {
      const { denied } = await explain('after');
      expect(denied).toMatchObject([{ policy: namespace }]);
      expect(denied[0]?.message).toContain('would start without its token');
    });
  });
});
