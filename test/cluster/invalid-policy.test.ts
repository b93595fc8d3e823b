import { afterAll, beforeAll, expect, it } from 'vitest';

import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { tokenPolicyDefinition } from '../../src/core/registration/custom-resource-definition.ts';
import { reviewOf, send } from '../server/webhook-under-test.ts';
import { accepted, type KubeObject } from './api.ts';
import { eventually } from './eventually.ts';
import { type Installation, openInstallation } from './installation.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { verdictOfApiServer } from './policy-verdict.ts';
import { agentPod, variablePolicy, injectionInForce, type PodView } from './registration.ts';
import { minorVersion } from './server-version.ts';
import { describeCluster } from './suite.ts';
import type { PolicyView } from './policy-view.ts';

interface Entry {
  readonly name: string;
}

const definition = tokenPolicyDefinition();
const good = variablePolicy as unknown as KubeObject;
const bad = {
  ...good,
  spec: {
    ...variablePolicy.spec,
    secret: { name: 'My_Secret' },
    inject: { env: [{ name: 'LD_PRELOAD', key: 'token' }] },
  },
};
const policyFor = (name: string): KubeObject => ({
  ...good,
  metadata: { name },
  spec: {
    match: { podSelector: { matchLabels: { agent: name } } },
    secret: { name: `${name}-secret` },
    inject: { env: [{ name: 'TOKEN', key: 'token' }] },
  },
});
const [other, later] = [policyFor('other'), policyFor('later')];
const everything = { dryRun: 'All' };

describeCluster('a policy that is past the definition but not valid', (cluster) => {
  const { api, kubeconfig, startedHere } = cluster;
  let home: Installation;
  let agents = '';
  beforeAll(async () => {
    home = await openInstallation(api, kubeconfig);
    agents = await createNamespace(api, 'agents');
  });
  afterAll(async () => {
    await home.endAll();
    await api.apply(definition, { force: true });
    await eventually('the policies to go', async () => {
      for (const policy of [good, other, later])
        expect([200, 404]).toContain((await api.delete(policy)).status);
    });
    await deleteNamespace(api, agents);
    await home.close();
  });

  const ready = async (policy: KubeObject) => {
    const found = await accepted(api.get<PolicyView>(policy));
    const { generation } = found.metadata as { generation: number };
    expect(found.status?.observedGeneration).toBe(generation);
    return found.status?.conditions.find(({ type }) => type === 'Ready');
  };
  const isReady = (policy: KubeObject) =>
    eventually(`${policy.metadata.name} to be Ready`, async () =>
      expect(await ready(policy)).toMatchObject({ status: 'True' }),
    );
  const entryOf = async ({ metadata: { name } }: KubeObject) => {
    const { webhooks } = await accepted(
      api.get<{ readonly webhooks: readonly Entry[] }>({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: 'token-injector' },
      }),
    );
    return webhooks.find((entry) => entry.name === `${name}.token-injector.dev`);
  };
  const variablesOf = async (pod: KubeObject) => {
    const { spec } = await accepted(api.create<PodView>(pod, { query: everything }));
    return spec.containers.flatMap(({ env = [] }) => env.map(({ name }) => name));
  };
  const podOf = ({ metadata: { name = '' } }: KubeObject) =>
    agentPod(agents, { metadata: { labels: { agent: name } } });
  const getsToken = (policy: KubeObject) =>
    eventually(`a pod of ${policy.metadata.name} to get its token`, async () =>
      expect(await variablesOf(podOf(policy))).toEqual(['TOKEN']),
    );

  it.runIf(startedHere)(
    'is said by all, decides nothing, and holds up no other policy',
    async () => {
      // An older API server checks the whole object with each status, so that none can be written.
      const canSaySo = (await minorVersion(api)) >= 33;
      let controller = await home.startController();
      const webhook = await home.startWebhook();
      for (const policy of [good, other]) {
        await accepted(api.create(policy));
        await isReady(policy);
      }
      await injectionInForce(api, agents);
      await getsToken(other);
      const entry = await entryOf(good);
      expect(entry).toBeDefined();

      // As if it was stored before the rules were made.
      const [version] = definition.spec.versions;
      const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
      const versions = [{ ...version, schema: { openAPIV3Schema } }];
      const lax = { ...definition, spec: { ...definition.spec, versions } };
      await accepted(api.apply(lax, { force: true }));
      await eventually('it to be accepted', () => accepted(api.patch(good, { spec: bad.spec })));
      await accepted(api.apply(definition, { force: true }));
      await eventually('the rules to hold again', async () =>
        expect(
          await verdictOfApiServer(api, { ...bad, metadata: { name: 'refused' } }),
        ).toMatchObject({
          ok: false,
        }),
      );

      const parsed = parsePolicy(bad);
      const problems = parsed.ok ? [] : parsed.problems;
      expect(problems.map(({ path }) => path)).toEqual([
        'spec.secret.name',
        'spec.inject.env[0].name',
      ]);
      const isInvalid = () =>
        eventually('the status to say so', async () => {
          if (!canSaySo) {
            expect(controller.log()).toContain('cannot apply TokenPolicy aikido: 422 Invalid');
            return;
          }
          const found = await ready(good);
          expect(found).toMatchObject({ status: 'False', reason: 'Invalid' });
          for (const { path, message } of problems)
            expect(found?.message).toContain(`${path}: ${message}`);
        });
      await isInvalid();
      await eventually('the webhook to know', async () =>
        expect(await webhook.metrics()).toContain('token_injector_policies_not_valid 1\n'),
      );
      const { spec } = await accepted(
        api.get<{ readonly spec: { readonly clusterIP: string } }>({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'webhook', namespace: home.namespace },
        }),
      );
      const answer = await send(
        {
          host: spec.clusterIP,
          port: 8443,
          path: '/mutate/aikido?timeout=5s',
          method: 'POST',
          agent: false,
          rejectUnauthorized: false,
          headers: { 'content-type': 'application/json' },
        },
        JSON.stringify(reviewOf(agentPod(agents))),
      );
      expect(answer).toMatchObject({
        status: 500,
        text: expect.stringContaining('TokenPolicy aikido is not valid and decides nothing'),
      });

      // A controller that starts now sees nothing but what is not valid.
      expect(await controller.end('SIGTERM')).toBe('exit code 0');
      controller = await home.startController();
      await eventually('a policy that comes later', () => accepted(api.create(later)));
      await isReady(later);
      await isInvalid();
      await getsToken(later);
      await getsToken(other);
      expect(await entryOf(good)).toEqual(entry);
      expect(await variablesOf(agentPod(agents))).toEqual([]);

      await accepted(api.patch(good, { spec: good['spec'] }));
      await isReady(good);
      await injectionInForce(api, agents);
      expect(await entryOf(good)).toEqual(entry);
      await getsToken(other);
      await eventually('the webhook to forget it', async () =>
        expect(await webhook.metrics()).toContain('token_injector_policies_not_valid 0\n'),
      );
    },
  );
});
