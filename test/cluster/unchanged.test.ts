import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { lateContainer, startLateWebhook } from './late-webhook.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import {
  type PodView,
  agentPod,
  variablePolicy,
  holdsToken,
  injectionInForce,
  register,
  unregister,
} from './registration.ts';
import { describeCluster } from './suite.ts';
import { type WebhookHome, type WebhookProcess, openWebhookHome } from './webhook-process.ts';

describeCluster('what GitOps tools and other webhooks see', ({ api, kubectl }) => {
  let namespace = '';
  let home: WebhookHome;
  let webhook: WebhookProcess;
  beforeAll(async () => {
    namespace = await createNamespace(api, 'unchanged');
    home = await openWebhookHome([variablePolicy]);
    webhook = await home.start();
    await register(kubectl, home, ['--url', webhook.url]);
    await injectionInForce(api, namespace);
  });
  afterAll(async () => {
    await unregister(kubectl);
    await home?.close();
    await deleteNamespace(api, namespace);
  });

  const named = (name: string): KubeObject => agentPod(namespace, { metadata: { name } });
  const deployment = (): KubeObject => {
    const { metadata, ...pod } = agentPod(namespace);
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'agent', namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: metadata.labels },
        template: { metadata: { labels: metadata.labels }, spec: pod['spec'] },
      },
    };
  };

  /** Waits until the controllers have nothing more to write about a Deployment: its one pod never runs here. */
  const settledDeployment = (name: string) =>
    eventually(`Deployment ${name} to settle`, async () => {
      const metadata = { name, namespace };
      const { status } = await accepted(api.get({ ...deployment(), metadata }));
      expect(status).toMatchObject({
        observedGeneration: 1,
        updatedReplicas: 1,
        unavailableReplicas: 1,
      });
    });

  it.each([
    ['pod', () => named('applied')],
    ['deployment', deployment],
  ])(
    'kubectl apply of a %s: a dry run works, a second time and a diff find nothing to do',
    async (_, object) => {
      const run = (...args: string[]) =>
        kubectl([...args, '-f', '-'], { input: stringify(object()) });
      expect(await run('apply', '--dry-run=server')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('created (server dry run)'),
      });
      expect(await run('apply')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('created'),
      });
      expect(await run('apply')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('unchanged'),
      });
      // A status that changes between its two looks is a difference to kubectl.
      if (object().kind === 'Deployment') await settledDeployment('agent');
      expect(await run('diff')).toMatchObject({ code: 0, stdout: '' });
      expect(await run('apply', '--dry-run=server')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('unchanged'),
      });
    },
  );

  it('server-side apply of a pod and a deployment: a second time changes nothing', async () => {
    for (const object of [
      named('server-side'),
      { ...deployment(), metadata: { name: 'server-side', namespace } },
    ]) {
      await accepted(api.apply(object));
      if (object.kind === 'Deployment') await settledDeployment('server-side');
      const settled = async () => {
        const { metadata, spec } = await accepted(api.get(object));
        return { generation: metadata['generation'], spec };
      };
      const before = await settled();
      const again = await accepted(api.apply(object));
      expect(again['spec']).toEqual(before.spec);
      expect(await settled()).toEqual(before);
      const diff = await kubectl(['diff', '--server-side', '--field-manager', 'test', '-f', '-'], {
        input: stringify(object),
      });
      expect(diff).toMatchObject({ code: 0, stdout: '' });
    }
  });

  it('a pod made before the policy is not touched by a change of its labels or image', async () => {
    const bare = agentPod(namespace, { metadata: { name: 'old', labels: { app: 'not-yet' } } });
    await accepted(api.create(bare));
    const before = await webhook.answered();
    const labels = { 'aikido-security': 'kubernetes-agent' };
    await accepted(api.patch(bare, { metadata: { labels } }));
    const spec = { containers: [{ name: 'agent', image: 'registry.example/agent:2.0' }] };
    const updated = await accepted(api.patch<PodView>(bare, { spec }, { type: 'strategic' }));
    expect(updated.spec.containers.map(({ env }) => env)).toEqual([undefined]);
    expect(await webhook.answered()).toBe(before);
  });

  it('a container that another webhook adds after us gets its token too: we are asked again', async () => {
    await startLateWebhook(api, namespace);
    await eventually('the other webhook to add its container', async () => {
      const pod = await accepted(
        api.create<PodView>(agentPod(namespace), { query: { dryRun: 'All' } }),
      );
      expect(
        pod.spec.containers.map((container) => [
          container.name,
          holdsToken(container),
          container.env?.length,
        ]),
      ).toEqual([
        ['agent', true, 1],
        [lateContainer.name, true, 1],
      ]);
    });
  });
});
