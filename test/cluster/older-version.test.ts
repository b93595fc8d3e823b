import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { schemaRevision } from '../../src/core/policy/schema-revision.ts';
import { tokenPolicyDefinition } from '../../src/core/registration/custom-resource-definition.ts';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { type Installation, openInstallation } from './installation.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { type PodView, agentPod } from './registration.ts';
import { describeCluster } from './suite.ts';
import type { PolicyView } from './policy-view.ts';

const definition = tokenPolicyDefinition();
const policyOf = (name: string, match: object = {}): KubeObject => ({
  apiVersion: 'token-injector.dev/v1alpha1',
  kind: 'TokenPolicy',
  metadata: { name },
  spec: {
    match: { podSelector: { matchLabels: { agent: name } }, ...match },
    secret: { name: `${name}-secret` },
    inject: { env: [{ name: 'TOKEN', key: 'token' }] },
  },
});
const [plain, later] = [policyOf('plain'), policyOf('later')];
const narrow = policyOf('narrow', { newerNames: ['only-these'] });
const reworded = policyOf('reworded', { annotation: 'Newer' });

/** A definition of before some fields were made, and the rules about them. */
function olderDefinition() {
  const older = structuredClone(definition) as unknown as typeof definition & {
    readonly spec: { readonly versions: [{ schema: { openAPIV3Schema: Schema } }] };
  };
  const { openAPIV3Schema: schema } = older.spec.versions[0].schema;
  const { spec } = schema.properties as { readonly spec: Schema };
  delete spec.properties!['enforce'];
  delete spec.properties!['match']!.properties!['systemNamespaces'];
  delete spec.properties!['match']!.properties!['containers'];
  const entry = spec.properties!['inject']!.properties!['env']!.items!;
  for (const name of ['optional', 'whenPresent']) delete entry.properties![name];
  delete spec['x-kubernetes-validations'];
  return older;
}
interface Schema {
  readonly properties?: Record<string, Schema>;
  readonly items?: Schema;
  'x-kubernetes-validations'?: unknown;
}

describeCluster('programs and a definition of different versions', (cluster) => {
  const { api, kubeconfig, startedHere } = cluster;
  let home: Installation;
  let agents = '';
  beforeAll(async () => {
    home = await openInstallation(api, kubeconfig);
    agents = await createNamespace(api, 'agents');
  });
  afterEach(async () => {
    await home.endAll();
    for (const policy of [plain, later, narrow, reworded])
      expect([200, 404]).toContain((await api.delete(policy)).status);
  });
  afterAll(async () => {
    await deleteNamespace(api, agents);
    await home.close();
  });

  const create = (policy: KubeObject) =>
    eventually(`${policy.metadata.name} to be accepted`, () => accepted(api.create(policy)));
  const ready = (policy: KubeObject, status: 'True' | 'False', message: string) =>
    eventually(`${policy.metadata.name} to be Ready=${status}`, async () => {
      const found = await accepted(api.get<PolicyView>(policy));
      const condition = found.status?.conditions.find(({ type }) => type === 'Ready');
      expect(condition).toMatchObject({ status, message: expect.stringContaining(message) });
    });
  const variablesOf = async ({ metadata: { name = '' } }: KubeObject) => {
    const pod = agentPod(agents, { metadata: { labels: { agent: name } } });
    const { spec } = await accepted(api.create<PodView>(pod, { query: { dryRun: 'All' } }));
    return spec.containers.flatMap(({ env = [] }) => env.map((entry) => entry.name));
  };
  const getsToken = (policy: KubeObject) =>
    eventually(`a pod of ${policy.metadata.name} to get its token`, async () =>
      expect(await variablesOf(policy)).toEqual(['TOKEN']),
    );
  const isAsked = 'The API server asks the webhook about pods that the policy selects.';

  it.runIf(startedHere)('a newer program fills in what an older definition does not', async () => {
    await accepted(api.apply(olderDefinition(), { force: true }));
    await eventually('the older definition to be in force', async () => {
      const { spec } = await accepted(api.create<PolicyView>(plain, { query: { dryRun: 'All' } }));
      expect(spec).not.toHaveProperty('enforce');
      expect(spec['match']).not.toHaveProperty('containers');
    });
    await create(plain);
    await home.startController(['--controllers=*,-crd']);
    await home.startWebhook();
    await ready(plain, 'True', isAsked);
    await getsToken(plain);
    await accepted(api.apply(definition, { force: true }));
  });

  it.runIf(startedHere)(
    'an older program goes on beside a newer definition, in an upgrade and after a rollback',
    async () => {
      let controller = await home.startController();
      let webhook = await home.startWebhook();
      await create(plain);
      await ready(plain, 'True', isAsked);
      await getsToken(plain);

      await controller.end('SIGTERM');
      controller = await home.startController([], undefined, 'newer');
      await eventually('the definition to be filled in', async () => {
        const { spec } = await accepted(api.get<PolicyView>(plain));
        expect(spec).toMatchObject({
          match: { newerNames: [], newerSwitch: false },
          inject: { env: [{ newerSwitch: false }] },
          newer: { mode: 'Allow', most: 3 },
        });
      });
      // An older webhook that is still there, and one that starts now.
      await getsToken(plain);
      await webhook.end('SIGTERM');
      webhook = await home.startWebhook();
      await getsToken(plain);
      expect(await webhook.metrics()).toContain('token_injector_policies_not_valid 0\n');
      expect(await webhook.metrics()).toContain('token_injector_policies_with_unknown_fields 1\n');

      for (const policy of [narrow, reworded]) {
        await create(policy);
        await ready(policy, 'True', isAsked);
      }
      await eventually('the older webhook to know that it cannot use them', async () =>
        expect(await webhook.metrics()).toContain('token_injector_policies_not_valid 2\n'),
      );
      for (const policy of [narrow, reworded]) expect(await variablesOf(policy)).toEqual([]);

      await controller.end('SIGTERM');
      await home.startController();
      const ignored =
        'spec.match.newerNames, spec.match.newerSwitch, spec.inject.env[].newerSwitch, spec.newer';
      await ready(
        plain,
        'True',
        `${isAsked} This version of token-injector does not know these fields and ignores them: ${ignored}.`,
      );
      await ready(
        narrow,
        'False',
        'spec.match.newerNames: is not known to this version of token-injector',
      );
      await ready(
        reworded,
        'False',
        'spec.match.annotation: must be one of Required, Optional, Ignored',
      );
      await create(later);
      await ready(later, 'True', isAsked);
      for (const policy of [plain, later]) await getsToken(policy);
      for (const policy of [narrow, reworded]) expect(await variablesOf(policy)).toEqual([]);
      // It has not taken the definition back: policies would lose what they say.
      const { metadata } = await accepted(api.get(definition));
      expect(metadata).toMatchObject({
        annotations: { 'token-injector.dev/schema-revision': String(schemaRevision + 1) },
      });
      await eventually('the log to say what is ignored', () => {
        const lines = webhook.log().split('\n');
        const ignoring = lines.find((line) => line.includes('does not know and ignores'));
        expect(ignoring).toContain('"policies":["plain"],"fields":["spec.match.newerNames"');
      });
    },
  );
});
