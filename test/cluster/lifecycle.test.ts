import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
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
import { type WebhookHome, openWebhookHome } from './webhook-process.ts';

const refusingPolicy = {
  ...variablePolicy,
  spec: { ...variablePolicy.spec, enforce: { missingToken: 'Deny' } },
};
const pods = { apiVersion: 'v1', kind: 'Pod' };

describeCluster('while the webhook comes, changes and goes', ({ api, kubectl, startedHere }) => {
  let namespace = '';
  let home: WebhookHome;
  beforeEach(async () => {
    namespace = await createNamespace(api, 'lifecycle');
    home = await openWebhookHome([variablePolicy]);
  });
  afterEach(async () => {
    await unregister(kubectl);
    await home.close();
    await deleteNamespace(api, namespace);
  });

  /** Creates pods without a pause until told to stop; gives back which of them came back bare, oldest first. */
  function createPods(): { soFar: () => boolean[]; stop: () => Promise<boolean[]> } {
    const bare: boolean[] = [];
    let going = true;
    let failure: unknown;
    const creating = (async () => {
      while (going) {
        const pod = await accepted(
          api.create<PodView>(agentPod(namespace), { query: { dryRun: 'All' } }),
        );
        bare.push(!pod.spec.containers.every(holdsToken));
      }
    })().catch((error: unknown) => (failure = error));
    const stop = async () => {
      going = false;
      await creating;
      if (failure !== undefined) throw failure;
      return bare;
    };
    // Also when the test fails: whatever it waits for, nothing may go on in a namespace that goes.
    onTestFinished(async () => {
      going = false;
      await creating;
    });
    return { soFar: () => bare, stop };
  }
  const more = async ({ soFar }: { soFar: () => boolean[] }, count: number) => {
    const goal = soFar().length + count;
    await eventually(
      'more pods to be created',
      () => expect(soFar().length).toBeGreaterThanOrEqual(goal),
      { intervalMs: 20 },
    );
  };

  it('misses no pod while one process drains and another serves the same Service address', async () => {
    // Both listen on the same port, as two endpoints of a Service do: on loopback, one after the other.
    const first = await home.start({ drainSeconds: 3600 });
    await register(kubectl, home, ['--url', first.url]);
    await injectionInForce(api, namespace);
    const creating = createPods();
    const servedAgain = async () => {
      await more(creating, 5);
      await eventually('pods to be served', () => expect(creating.soFar().at(-1)).toBe(false));
      await more(creating, 20);
    };
    await more(creating, 20);
    const ending = first.end('SIGTERM');
    await eventually('the draining process to say so', () =>
      expect(first.log()).toContain('draining'),
    );
    await more(creating, 20);
    // Nobody was missed while it drained, which it does until it is told again.
    expect(creating.soFar()).not.toContain(true);
    await first.end('SIGTERM');
    expect(await ending).toBe('exit code 143');
    await more(creating, 5);
    const second = await home.start({ port: first.port, drainSeconds: 1 });
    await servedAgain();
    expect(await second.end('SIGTERM')).toBe('exit code 0');
    await more(creating, 5);
    await home.start({ port: first.port });
    await servedAgain();
    const bare = await creating.stop();
    // Only the two moments when nothing listened, each in one piece.
    expect(
      bare
        .join('')
        .replaceAll(/(true)+/g, 'gap')
        .replaceAll(/(false)+/g, ' '),
    ).toBe(' gap gap ');
  });

  it('misses no pod while the certificate is swapped under the API server', async () => {
    const webhook = await home.start();
    await register(kubectl, home, ['--url', webhook.url]);
    await injectionInForce(api, namespace);
    const creating = createPods();
    await more(creating, 20);
    const issued = home.renewCertificate();
    await eventually('the new certificate to be served', async () =>
      expect(await webhook.servedCertificate()).toBe(issued),
    );
    await more(creating, 20);
    expect(await creating.stop()).not.toContain(true);
  });

  it('admits bare pods while it is unavailable, where the policy says Allow', async () => {
    const webhook = await home.start();
    await register(kubectl, home, ['--url', webhook.url]);
    await injectionInForce(api, namespace);
    await webhook.end('SIGKILL');
    const pod = await accepted(api.create<PodView>(agentPod(namespace)));
    expect(pod.spec.containers.map(({ env }) => env)).toEqual([undefined]);
  });

  it('has the API server refuse bare pods while it is unavailable, where the policy says Deny; they come by themselves', async () => {
    home.writePolicies([refusingPolicy]);
    const webhook = await home.start();
    await register(kubectl, home, ['--url', webhook.url]);
    await injectionInForce(api, namespace);
    await webhook.end('SIGKILL');
    await eventually('the API server to refuse a bare pod', async () => {
      const refused = await api.create(agentPod(namespace), { query: { dryRun: 'All' } });
      expect(refused).toMatchObject({ ok: false, status: 403 });
    });
    const { metadata, ...pod } = agentPod(namespace);
    const { labels } = metadata;
    const deployment: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'agent', namespace },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod['spec'] },
      },
    };
    await accepted(api.create(deployment));
    const event = await eventually('the event of the ReplicaSet', async () => {
      const { items } = await accepted(
        api.list<KubeObject & { reason: string; message: string }>(
          { apiVersion: 'v1', kind: 'Event' },
          { namespace },
        ),
      );
      const found = items.find(({ reason }) => reason === 'FailedCreate');
      expect(found).toBeDefined();
      return found!;
    });
    // What is wrong, which container, and the way out.
    expect(event.message).toContain(
      'container "agent" would start without its token (AIKIDO_API_TOKEN from Secret aikido-api-secret, TokenPolicy aikido)',
    );
    expect(event.message).toContain('Controllers try again by themselves');
    expect((await accepted(api.list(pods, { namespace }))).items).toEqual([]);

    await home.start({ port: webhook.port });
    const made = await eventually(
      'the pods to come by themselves',
      async () => {
        const { items } = await accepted(api.list<PodView>(pods, { namespace }));
        expect(items).toHaveLength(2);
        return items;
      },
      { timeoutMs: 240_000 },
    );
    expect(made.every(({ spec }) => spec.containers.every(holdsToken))).toBe(true);
    // A pod that needs no token can still say so.
    const annotations = { 'token-injector.dev/inject': 'false' };
    await accepted(
      api.create(agentPod(namespace, { metadata: { annotations } }), { query: { dryRun: 'All' } }),
    );
  });

  it.runIf(startedHere)('is reached by its Service, as in a cluster', async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'webhook', namespace } };
    const { spec } = await accepted(
      api.create<{ spec: { clusterIP: string } }>({
        ...service,
        spec: { ports: [{ port: 8443 }] },
      }),
    );
    await home.close();
    home = await openWebhookHome([variablePolicy], [`webhook.${namespace}.svc`]);
    await home.start({ host: spec.clusterIP, port: 8443 });
    const agents = await createNamespace(api, 'agents');
    await register(kubectl, home, ['--service', `${namespace}/webhook:8443`]);
    await injectionInForce(api, agents);
    // Its own namespace is left out.
    const own = await accepted(
      api.create<PodView>(agentPod(namespace), { query: { dryRun: 'All' } }),
    );
    expect(own.spec.containers.some(holdsToken)).toBe(false);
    await deleteNamespace(api, agents);
  });

  it('serves 300 policies, each to its own pods', async () => {
    const name = (index: number) => `agent-${String(index).padStart(3, '0')}`;
    const policy = (index: number) => ({
      ...variablePolicy,
      metadata: { name: name(index) },
      spec: {
        match: { podSelector: { matchLabels: { agent: name(index) } } },
        secret: { name: `${name(index)}-secret` },
        inject: { env: [{ name: 'TOKEN', key: 'token' }] },
        ...(index % 50 === 0 ? { enforce: { missingToken: 'Deny' } } : {}),
      },
    });
    home.writePolicies(Array.from({ length: 300 }, (_, index) => policy(index)));
    const webhook = await home.start();
    await register(kubectl, home, ['--url', webhook.url]);
    // The last one first: once it is in force all are.
    const isServed = async (index: number) => {
      const metadata = { labels: { agent: name(index) } };
      const pod = await accepted(
        api.create<PodView>(agentPod(namespace, { metadata }), { query: { dryRun: 'All' } }),
      );
      expect(pod.spec.containers.map(({ env }) => env)).toEqual([
        [
          {
            name: 'TOKEN',
            valueFrom: { secretKeyRef: { name: `${name(index)}-secret`, key: 'token' } },
          },
        ],
      ]);
    };
    await eventually('the registration to take effect', () => isServed(299));
    for (const index of Array.from({ length: 299 }, (_, place) => 298 - place))
      await isServed(index);
    const before = await webhook.answered();
    await accepted(api.create(agentPod(namespace)));
    expect(await webhook.answered()).toBe(before);
  });
});
