import { type AddressInfo, type Socket, createServer } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { mutatingWebhookConfiguration } from '../../src/core/registration/mutating-webhook.ts';
import {
  defaultTimeoutSeconds,
  maxPoliciesPerPod,
} from '../../src/core/registration/webhook-timeout.ts';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { openInstallation } from './installation.ts';
import { lateContainer, startLateWebhook } from './late-webhook.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { type PodView, agentPod, variablePolicy, unregister } from './registration.ts';
import { describeCluster } from './suite.ts';
import { listenHost, testHost } from './webhook-process.ts';
import type { PolicyView } from './policy-view.ts';

const policyNamed = (name: string) =>
  ({ ...variablePolicy, metadata: { name } }) as unknown as KubeObject;

describeCluster('a webhook that says nothing', ({ api, kubectl, kubeconfig }) => {
  let namespace = '';
  beforeAll(async () => {
    namespace = await createNamespace(api, 'silent');
  });
  afterAll(() => deleteNamespace(api, namespace));

  /** Takes connections and never answers, as a network that drops packets silently. */
  async function startSilence(): Promise<{ readonly url: string; readonly taken: () => number }> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => void server.listen(0, listenHost, resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    return { url: `https://${testHost}:${port}`, taken: () => sockets.length };
  }

  it('stops no pod, though as many policies select it as may, and it is asked about each twice', async () => {
    const most = maxPoliciesPerPod(defaultTimeoutSeconds);
    const parsed = Array.from({ length: most }, (_, index) =>
      parsePolicy(policyNamed(`silent-${index}`)),
    );
    const set = policySet(parsed.flatMap((one) => (one.ok ? [one.policy] : [])));
    const silence = await startSilence();
    onTestFinished(() => unregister(kubectl));
    await accepted(
      api.apply(
        mutatingWebhookConfiguration(set, {
          address: { url: silence.url },
          ownNamespace: 'token-injector',
          timeoutSeconds: defaultTimeoutSeconds,
        }),
        { force: true },
      ),
    );
    // Ours are asked a second time when it has changed the pod.
    await startLateWebhook(api, namespace);
    await eventually('both registrations to take effect', async () => {
      const before = silence.taken();
      const { spec } = await accepted(api.create<PodView>(agentPod(namespace)));
      expect(silence.taken() - before).toBe(2 * most);
      expect(spec.containers.map(({ name, env }) => [name, env])).toEqual([
        ['agent', undefined],
        [lateContainer.name, undefined],
      ]);
    });
  });

  it('is warned of where more policies select a pod', async () => {
    const home = await openInstallation(api, kubeconfig);
    onTestFinished(() => home.close());
    // Of these at most two.
    const controller = await home.startController(['--timeout-seconds=5']);
    const label = (index: number) => `example.com/agent-${index}`;
    const policies = [0, 1, 2, 3].map((index) => ({
      ...policyNamed(`warned-${index}`),
      spec: {
        ...variablePolicy.spec,
        match: { podSelector: { matchLabels: { [label(index)]: 'true' } } },
      },
    }));
    for (const policy of policies) await accepted(api.create(policy));
    const reasons = async () => {
      const found = policies.map((policy) => accepted(api.get<PolicyView>(policy)));
      return (await Promise.all(found)).map(
        ({ status }) => status?.conditions.find(({ type }) => type === 'Ready')?.reason,
      );
    };
    await eventually('the policies to be registered', async () =>
      expect(await reasons()).toEqual(policies.map(() => 'Registered')),
    );
    const labels = Object.fromEntries([0, 1, 2].map((index) => [label(index), 'true']));
    await accepted(api.create(agentPod(namespace, { metadata: { labels } })));
    await eventually('those that select it to say so', async () =>
      expect(await reasons()).toEqual([
        'SelectorsOverlap',
        'SelectorsOverlap',
        'SelectorsOverlap',
        'Registered',
      ]),
    );
    // It writes its log in batches.
    await eventually('the log to say so', () =>
      expect(controller.log()).toContain('controller: too many policies select one pod'),
    );
  });
});
