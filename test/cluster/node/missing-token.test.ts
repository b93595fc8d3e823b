import { createHash } from 'node:crypto';
import process from 'node:process';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { accepted, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { agentSpec, agentDeployment, type AgentDeployment } from './agent-deployment.ts';
import { askFromInside, patchFromInside } from './ask-from-inside.ts';
import { killContainer } from './container-process.ts';
import { installRelease, policiesReady, releaseReady, type Release } from './installed-release.ts';
import { hasToken, startPodStream, summaryOf, type PodStream } from './pod-stream.ts';
import type { RunningPod } from './pods.ts';
import { describeNode } from './suite.ts';

const token = 'a token that no agent starts without';
const hash = createHash('sha256').update(token).digest('hex');
const reference = { variable: 'AGENT_TOKEN', secret: 'agent-token' };
const labels = { agent: 'strict' };
const replicas = 3;

describeNode('a policy with enforce.missingToken: Deny', ({ api, helm, kubectl, images, node }) => {
  let namespace = '';
  let release: Release;
  let workload: AgentDeployment;
  const summaries: string[] = [];
  beforeAll(async () => {
    namespace = await createNamespace(api, 'missing-token');
    workload = agentDeployment(
      { api, kubectl, images },
      { namespace, replicas, labels, reference, hash },
    );
    const metadata = { namespace, name: reference.secret };
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { token } };
    await accepted(api.create(secret));
    release = await installRelease(
      { api, helm, images },
      {
        config: { secretNames: [reference.secret] },
        enforcement: {
          missingToken: { policies: ['strict', 'after-its-death', 'after-the-restart'] },
        },
        webhook: { drainSeconds: 2 },
      },
    );
    await accepted(api.create(policy('strict', labels)));
    await policiesReady(api);
  });
  afterAll(async () => {
    process.stderr.write(`missing-token: ${summaries.join(' | ')}\n`);
    await release?.remove();
    await deleteNamespace(api, namespace);
  });

  const agent = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels },
    spec: agentSpec(images.agent, reference),
  });
  const programs = async (component: string) => {
    const pods = { apiVersion: 'v1', kind: 'Pod' };
    const labelSelector = `app.kubernetes.io/component=${component}`;
    const selection = { namespace: release.namespace, labelSelector };
    return (await accepted(api.list<RunningPod>(pods, selection))).items;
  };

  /** Creates pods during a disruption, none of which may get in without its token, and waits for the workload. */
  async function noneMissedDuring(
    what: string,
    disrupt: (stream: PodStream) => Promise<void>,
  ): Promise<PodStream['counts']> {
    const stream = startPodStream(api, agent, reference);
    try {
      await disrupt(stream);
      await workload.complete();
      await stream.more(20);
    } finally {
      summaries.push(`${what}: ${summaryOf(await stream.stop())}`);
    }
    expect(stream.counts.missed).toBe(0);
    return stream.counts;
  }

  /** Ends the processes of these pods by SIGKILL, and gives back how to wait until all run again. */
  function kill(component: string, pods: readonly RunningPod[]): () => Promise<void> {
    for (const { metadata } of pods) killContainer(metadata.uid!);
    const restartsOf = ({ status }: RunningPod) => status.containerStatuses?.[0]?.restartCount ?? 0;
    const before = new Map(pods.map((pod) => [pod.metadata.uid, restartsOf(pod)]));
    return async () => {
      await eventually(`the restart of ${component}`, async () => {
        const found = await programs(component);
        const after = found.filter(
          (pod) => restartsOf(pod) > (before.get(pod.metadata.uid) ?? Infinity),
        );
        expect(after).toHaveLength(before.size);
      });
      await releaseReady(api);
    };
  }

  const scaleWebhook = (count: number) =>
    accepted(
      api.patch(
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { namespace: release.namespace, name: `${release.name}-webhook` },
        },
        { spec: { replicas: count } },
      ),
    );

  it('keeps a workload waiting while there is no webhook, and it comes by itself', async () => {
    await scaleWebhook(0);
    await eventually('the end of the webhook', async () => {
      expect(await programs('webhook')).toEqual([]);
    });
    // The API server takes a moment to learn of a policy that denies.
    await eventually('a denial', async () => {
      const answer = await api.create(agent('first'), { query: { dryRun: 'All' } });
      expect(answer).toMatchObject({ ok: false, status: 403 });
    });
    const { denied, undecided } = await noneMissedDuring('no webhook', async (stream) => {
      await workload.create();
      await eventually('the event', async () => {
        const messages = (await failures()).map(({ message }) => message);
        expect(messages.join('\n')).toContain(
          'container "agent" would start without its token (AGENT_TOKEN from Secret agent-token, TokenPolicy strict)',
        );
      });
      await stream.more(20);
      expect(await workload.pods()).toEqual([]);
      await scaleWebhook(2);
      await releaseReady(api);
    });
    expect(denied).toBeGreaterThan(0);
    expect(undecided).toEqual(new Map());
  });

  it.runIf(node)('lets nothing through when all replicas are killed at once', async () => {
    const { denied, undecided } = await noneMissedDuring('both replicas killed', async () => {
      const back = kill('webhook', await programs('webhook'));
      await workload.deleteOnePod();
      await back();
    });
    expect(denied).toBeGreaterThan(0);
    expect(undecided).toEqual(new Map());
  });

  it.runIf(node)('lets nothing through when a replica is killed', async () => {
    const { undecided } = await noneMissedDuring('a replica killed', async () => {
      const back = kill('webhook', (await programs('webhook')).slice(0, 1));
      await workload.restart();
      await back();
    });
    expect(undecided).toEqual(new Map());
  });

  it.runIf(node)('denies nothing when the controller is killed, which goes on', async () => {
    const counts = await noneMissedDuring('the controller killed', async () => {
      const back = kill('controller', await programs('controller'));
      await workload.deletePods();
      await back();
      await controllerWorks('after-its-death');
    });
    expect(counts).toMatchObject({ denied: 0, undecided: new Map() });
  });

  it.runIf(node)(
    'lets nothing through while the API server is unavailable and when it is back',
    () =>
      noneMissedDuring('API server killed', async (stream) => {
        const pods = await programs('webhook');
        const bundle = await caBundle();
        await node?.kill('kube-apiserver');
        await expect(api.request('GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
        for (const { status } of pods) {
          const host = status.podIP ?? '';
          const ready = await askFromInside(node!.supervisor, {
            host,
            port: 8080,
            path: '/readyz',
          });
          expect(ready).toMatchObject({ status: 200 });
          const patch = await patchFromInside(node!.supervisor, agent('asked'), {
            host,
            port: 10_250,
            path: '/mutate/strict',
            ca: bundle,
            servername: `${release.name}-webhook.${release.namespace}.svc`,
          });
          expect(patch).toContain(reference.secret);
        }
        await node?.restart('kube-apiserver');
        await workload.deletePods();
        await stream.more(20);
        await controllerWorks('after-the-restart');
        await releaseReady(api);
        expect([...stream.counts.undecided.keys()].join()).toContain('ECONNREFUSED');
      }),
  );

  it.runIf(node)('has not let a single pod be created without its token', async () => {
    const creations = node!
      .auditLog()
      .filter(
        ({ verb, objectRef, requestURI }) =>
          verb === 'create' &&
          objectRef?.resource === 'pods' &&
          objectRef.subresource === undefined &&
          objectRef.namespace === namespace &&
          !requestURI.includes('dryRun'),
      );
    const admitted = creations.filter(({ responseStatus }) => responseStatus?.code === 201);
    const denied = creations.filter(({ responseStatus }) => responseStatus?.code === 403);
    for (const { responseObject } of admitted)
      expect(hasToken(responseObject as KubeObject, reference)).toBe(true);
    // All by each test before this one, but for the one that has a single one made anew.
    expect(admitted.length).toBeGreaterThanOrEqual(4 * replicas + 1);
    expect(denied.length).toBeGreaterThan(0);
    const events = (await failures()).reduce((sum, { count = 1 }) => sum + count, 0);
    summaries.push(
      `the workload's pods: ${admitted.length} created, ${denied.length} denied, ${events} times in FailedCreate events`,
    );
  });

  /** Makes another policy, and waits until controller and webhook both have done their part for it. */
  async function controllerWorks(name: string): Promise<void> {
    await accepted(api.create(policy(name, { agent: name })));
    await policiesReady(api);
    const metadata = { namespace, name, labels: { agent: name } };
    const pod = { ...agent(name), metadata };
    await eventually(`the token of ${name}`, async () => {
      const answer = await accepted(api.create(pod, { query: { dryRun: 'All' } }));
      expect(hasToken(answer, reference)).toBe(true);
    });
    await accepted(api.delete(policy(name, {})));
  }

  const failures = async () => {
    const { items } = await accepted(
      api.list<{ readonly message: string; readonly count?: number }>(
        { apiVersion: 'v1', kind: 'Event' },
        { namespace, fieldSelector: 'reason=FailedCreate' },
      ),
    );
    return items;
  };
  const caBundle = async () => {
    const { webhooks } = await accepted(
      api.get<{ webhooks: { clientConfig: { caBundle: string } }[] }>({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: 'token-injector' },
      }),
    );
    return atob(webhooks[0]!.clientConfig.caBundle);
  };
});

function policy(name: string, matchLabels: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: 'token-injector.dev/v1alpha1',
    kind: 'TokenPolicy',
    metadata: { name },
    spec: {
      match: { podSelector: { matchLabels } },
      secret: { name: reference.secret },
      inject: { env: [{ name: reference.variable, key: 'token' }] },
      enforce: { missingToken: 'Deny' },
    },
  };
}
