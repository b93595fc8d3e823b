import process from 'node:process';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { accepted, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import type { ProcessGroup } from '../process-group.ts';
import { agentPod, variablePolicyValues } from '../registration.ts';
import { installRelease, policiesReady, type Release } from './installed-release.ts';
import { startNetworkPolicyAgent } from './network-policy-agent.ts';
import { isReady, podThat, scriptContainer, type RunningPod } from './pods.ts';
import { describeNode } from './suite.ts';

const ports = { webhook: 10_250, webhookMetrics: 8080, createControllerMetrics: 8081 };
/** Where the pod elsewhere listens: at a port of API servers, and at one that no policy mentions. */
const elsewherePorts = { apiServer: 6443, other: 9000 };
const components = ['webhook', 'controller'] as const;

interface PolicyObject extends KubeObject {
  readonly status?: {
    readonly conditions: readonly { type: string; status: string; reason: string }[];
  };
}
interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** Other annotations make other pods, whose connections all begin under the policies. */
const values = (networkPolicy: object, round: string) => ({
  ...variablePolicyValues,
  controller: { probeSeconds: 2, podAnnotations: { round } },
  webhook: { podAnnotations: { round } },
  networkPolicy,
});

describeNode('the NetworkPolicies of the chart', (cluster) => {
  const { api, kubectl, images, kubeconfig, node } = cluster;
  const elsewhere = { name: 'elsewhere', address: '' };
  let apiServer = '';
  let namespace = '';
  let agent: Pick<ProcessGroup, 'close'> | undefined;
  let release: Release;

  const podOf = async (component: (typeof components)[number]) => {
    const labelSelector = `app.kubernetes.io/name=token-injector,app.kubernetes.io/component=${component}`;
    const { items } = await accepted(
      api.list<RunningPod>(
        { apiVersion: 'v1', kind: 'Pod' },
        { namespace: release.namespace, labelSelector },
      ),
    );
    const pod = items.find(({ metadata }) => metadata['deletionTimestamp'] === undefined)!;
    const place: Place = { namespace: release.namespace, name: pod.metadata.name! };
    return { place, address: pod.status.podIP! };
  };

  /** Says how a TCP connection from a pod ended: a packet that is dropped gets no answer. */
  const connect = async ({ namespace: home, name }: Place, host: string, port: number) => {
    const script = `
      const socket = require('node:net').connect(${JSON.stringify({ host, port })});
      const end = (how) => { console.log(how); process.exit(); };
      socket.on('connect', () => end('connected')).on('error', ({ code }) => end(code));
      // An answer that came while this process had to wait for its turn is seen first.
      setTimeout(() => setTimeout(setImmediate, 100, end, 'no answer'), 3000);`;
    const args = ['exec', '--namespace', home, name, '--', 'node', '-e', script];
    const { code, stdout, stderr } = await kubectl(args);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  };

  /** What becomes of connections between a pod elsewhere and ours. */
  const connections = async () => {
    const [webhook, controller] = await Promise.all(components.map(podOf));
    const stranger = { namespace, name: elsewhere.name };
    const outwards = async ({ place }: { readonly place: Place }) => {
      const [toApiServer, apiServerPort, otherPort] = await Promise.all([
        connect(place, apiServer, 443),
        connect(place, elsewhere.address, elsewherePorts.apiServer),
        connect(place, elsewhere.address, elsewherePorts.other),
      ]);
      return { apiServer: toApiServer, apiServerPort, otherPort };
    };
    const [toWebhook, toMetrics, toControllerMetrics, fromWebhook, fromController] =
      await Promise.all([
        connect(stranger, webhook!.address, ports.webhook),
        connect(stranger, webhook!.address, ports.webhookMetrics),
        connect(stranger, controller!.address, ports.createControllerMetrics),
        outwards(webhook!),
        outwards(controller!),
      ]);
    return { toWebhook, toMetrics, toControllerMetrics, fromWebhook, fromController };
  };

  const reachable = async () => {
    const { status } = await accepted(
      api.get<PolicyObject>({
        apiVersion: 'token-injector.dev/v1alpha1',
        kind: 'TokenPolicy',
        metadata: { name: 'aikido' },
      }),
    );
    return status?.conditions.find(({ type }) => type === 'Reachable');
  };

  beforeAll(async () => {
    if (!node) return;
    const begin = performance.now();
    agent = await startNetworkPolicyAgent(
      { kubeconfig, supervisor: node.supervisor },
      ports.webhook,
    );
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    process.stderr.write(`NetworkPolicies: enforced after ${seconds} s\n`);
    const { spec } = await accepted(
      api.get<{ readonly spec: { readonly clusterIP: string } }>({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'default', name: 'kubernetes' },
      }),
    );
    apiServer = spec.clusterIP;
    namespace = await createNamespace(api, 'elsewhere');
    const listen = `
      const { createServer } = require('node:net');
      for (const port of ${JSON.stringify(Object.values(elsewherePorts))})
        createServer((socket) => socket.destroy()).listen(port);
      process.on('SIGTERM', () => process.exit());`;
    const probe = {
      readinessProbe: { tcpSocket: { port: elsewherePorts.other }, periodSeconds: 1 },
    };
    await accepted(
      api.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace, name: elsewhere.name, labels: { app: elsewhere.name } },
        spec: { containers: [scriptContainer(images.agent, listen, probe)] },
      }),
    );
    release = await installRelease(cluster, values({ enabled: false }, 'without'));
    const pod = await podThat(api, { namespace, name: elsewhere.name }, isReady);
    elsewhere.address = pod.status.podIP!;
  });
  afterAll(async () => {
    await release?.remove();
    await agent?.close();
    if (namespace) await deleteNamespace(api, namespace);
  });

  it.runIf(node)('without them every connection is made', async () => {
    expect(await connections()).toEqual({
      toWebhook: 'connected',
      toMetrics: 'connected',
      toControllerMetrics: 'connected',
      fromWebhook: { apiServer: 'connected', apiServerPort: 'connected', otherPort: 'connected' },
      fromController: {
        apiServer: 'connected',
        apiServerPort: 'connected',
        otherPort: 'connected',
      },
    });
  });

  it.runIf(node)('leave the port of the webhook, and the way to the API server', async () => {
    await release.upgrade(values({ enabled: true }, 'with'));
    await eventually('the policies to be enforced', async () =>
      expect(await connections()).toEqual({
        toWebhook: 'connected',
        toMetrics: 'no answer',
        toControllerMetrics: 'no answer',
        fromWebhook: { apiServer: 'connected', apiServerPort: 'connected', otherPort: 'no answer' },
        fromController: {
          apiServer: 'connected',
          apiServerPort: 'connected',
          otherPort: 'no answer',
        },
      }),
    );
  });

  it.runIf(node)('let new policies reach both programs, and pods their token', async () => {
    const policy = {
      apiVersion: 'token-injector.dev/v1alpha1',
      kind: 'TokenPolicy',
      metadata: { name: 'new' },
      spec: {
        match: { podSelector: { matchLabels: { needs: 'token' } } },
        secret: { name: 'new-secret' },
        inject: { env: [{ name: 'NEW_TOKEN', key: 'token' }] },
      },
    };
    await accepted(api.create(policy));
    await policiesReady(api);
    const pod = agentPod(namespace, { metadata: { labels: { needs: 'token' } } });
    const env = [{ name: 'NEW_TOKEN', valueFrom: { secretKeyRef: { key: 'token' } } }];
    // The API server goes by a registration a moment after it was written.
    await eventually('the token', async () => {
      const { spec } = await accepted(
        api.create<{ readonly spec: object }>(pod, { query: { dryRun: 'All' } }),
      );
      expect(spec).toMatchObject({ containers: [{ env }] });
    });
    await accepted(api.delete(policy));
  });

  it.runIf(node)('let those of metricsFrom read the metrics, and nobody else', async () => {
    const metricsFrom = [
      { namespaceSelector: {}, podSelector: { matchLabels: { app: elsewhere.name } } },
    ];
    await release.upgrade(values({ enabled: true, metricsFrom }, 'with'));
    await eventually('the metrics to be open', async () =>
      expect(await connections()).toMatchObject({
        toMetrics: 'connected',
        toControllerMetrics: 'connected',
      }),
    );
    const metadata = { namespace, name: elsewhere.name };
    await accepted(
      api.patch({ apiVersion: 'v1', kind: 'Pod', metadata }, { metadata: { labels: null } }),
    );
    await eventually('the metrics to be closed', async () =>
      expect(await connections()).toMatchObject({
        toMetrics: 'no answer',
        toControllerMetrics: 'no answer',
      }),
    );
  });

  it.runIf(node)('keep from the API server if apiServerPorts lacks its own port', async () => {
    await release.upgrade(values({ enabled: true, apiServerPorts: [443] }, 'with'));
    const cutOff = { apiServer: 'no answer', apiServerPort: 'no answer', otherPort: 'no answer' };
    await eventually('the API server to be cut off', async () =>
      expect(await connections()).toMatchObject({ fromWebhook: cutOff, fromController: cutOff }),
    );
  });

  it.runIf(node)('show in Reachable that webhookFrom leaves the API server out', async () => {
    const webhookFrom = [{ ipBlock: { cidr: '192.0.2.0/24' } }];
    await release.upgrade(values({ enabled: true, webhookFrom }, 'with'));
    // Connections that were made before stay, and with them everything looks well.
    const selector = 'app.kubernetes.io/component=webhook';
    const args = ['delete', 'pod', '--selector', selector, '--grace-period', '1'];
    expect((await kubectl([...args, '--namespace', release.namespace])).stderr).toBe('');
    await eventually('the policy to be out of reach', async () =>
      expect(await reachable()).toMatchObject({ status: 'False', reason: 'NotAnswered' }),
    );
    await release.upgrade(values({ enabled: true }, 'with'));
    expect(await reachable()).toMatchObject({ status: 'True' });
  });
});
