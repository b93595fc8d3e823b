import { createHash } from 'node:crypto';
import process from 'node:process';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { accepted, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { variablePolicyValues } from '../registration.ts';
import { installRelease, releaseReady, type Release } from './installed-release.ts';
import { startPodStream, summaryOf, type PodStream } from './pod-stream.ts';
import { logOf, podThat, scriptContainer } from './pods.ts';
import { describeNode } from './suite.ts';

const token = 'a token that outlives every disruption';
const hash = createHash('sha256').update(token).digest('hex');
const reference = { variable: 'AIKIDO_API_TOKEN', secret: 'aikido-api-secret' };

const printHashAndEnd = `
  const hash = require('node:crypto').createHash('sha256');
  console.log(hash.update(String(process.env.${reference.variable})).digest('hex'));`;

describeNode('pods that are created all the while', ({ api, helm, kubectl, images, node }) => {
  let namespace = '';
  let release: Release;
  const summaries: string[] = [];
  beforeAll(async () => {
    namespace = await createNamespace(api, 'disruptions');
    await accepted(
      api.create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name: reference.secret },
        stringData: { token },
      }),
    );
    // Large clusters are slow to learn that a pod has gone; here a replica could end without anybody's noticing.
    await node?.restart('kube-proxy', ['--iptables-min-sync-period=3s']);
    release = await installRelease({ api, helm, images }, variablePolicyValues);
  });
  afterAll(async () => {
    process.stderr.write(`disruptions: ${summaries.join(' | ')}\n`);
    await node?.restart('kube-proxy');
    await release?.remove();
    await deleteNamespace(api, namespace);
  });

  const agent = (prefix: string) => (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name: `${prefix}-${name}`,
      labels: { 'aikido-security': 'kubernetes-agent' },
    },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      containers: [scriptContainer(images.agent, printHashAndEnd)],
    },
  });

  /** Creates pods during a disruption, some of which run, and wants each of them to have its token. */
  async function noneMissedDuring(
    what: string,
    prefix: string,
    disrupt: (stream: PodStream) => Promise<void>,
  ): Promise<void> {
    const stream = startPodStream(api, agent(prefix), reference, { realEach: 100 });
    try {
      await stream.more(20);
      await disrupt(stream);
      await stream.more(20);
    } finally {
      summaries.push(`${what}: ${summaryOf(await stream.stop())}`);
    }
    const { missed, denied, undecided } = stream.counts;
    expect({ missed, denied, undecided }).toEqual({ missed: 0, denied: 0, undecided: new Map() });
    for (const name of stream.created) {
      const where = { namespace, name: `${prefix}-${name}` };
      await podThat(api, where, ({ status }) => expect(status.phase).toBe('Succeeded'));
      expect(await logOf(kubectl, where)).toBe(hash);
    }
  }

  const webhookPods = async () => {
    const labelSelector = 'app.kubernetes.io/component=webhook';
    const pods = { apiVersion: 'v1', kind: 'Pod' };
    const { items } = await accepted(
      api.list(pods, { namespace: release.namespace, labelSelector }),
    );
    return items.map((item) => ({ ...pods, ...item }));
  };
  /** Also until the replicas that were told to end have ended, which is when the last ones could be missed. */
  const settled = async () => {
    await releaseReady(api);
    await eventually('two replicas', async () => {
      const pods = await webhookPods();
      const names = pods.map(({ metadata }) => metadata.name);
      if (pods.length !== 2) throw new Error(names.join(', '));
    });
  };

  it('all have their token during two rolling updates of the webhook, one upon the other', () =>
    noneMissedDuring('rolling updates', 'rollout', async () => {
      const before = await webhookPods();
      const target = [`deployment/${release.name}-webhook`, '--namespace', release.namespace];
      for (let round = 0; round < 2; round++) {
        const { code, stderr } = await kubectl(['rollout', 'restart', ...target]);
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        await releaseReady(api);
      }
      await settled();
      const uids = new Set(before.map(({ metadata }) => metadata.uid));
      for (const { metadata } of await webhookPods()) expect(uids).not.toContain(metadata.uid);
    }));

  it('all have their token while helm upgrades the release and rolls it back, and nothing is lost', () =>
    noneMissedDuring('upgrade and rollback', 'upgrade', async () => {
      const before = await state();
      const controller = () => accepted(api.get(deployment('controller')));
      await release.upgrade({
        ...variablePolicyValues,
        logLevel: 'debug',
        webhook: { drainSeconds: 5 },
      });
      await settled();
      expect(JSON.stringify(await controller())).toContain('"value":"debug"');
      expect(await state()).toEqual(before);
      await release.rollback();
      await settled();
      expect(JSON.stringify(await controller())).not.toContain('"value":"debug"');
      expect(await state()).toEqual(before);
    }));

  it('all have their token while replicas are evicted, which the budget lets one at a time', () =>
    noneMissedDuring('evictions', 'drain', async () => {
      const [first, second] = await webhookPods();
      await eventually('the budget', async () => {
        const { status } = await accepted(
          api.get<{ readonly status: { readonly disruptionsAllowed: number } }>({
            apiVersion: 'policy/v1',
            kind: 'PodDisruptionBudget',
            metadata: { namespace: release.namespace, name: `${release.name}-webhook` },
          }),
        );
        expect(status.disruptionsAllowed).toBe(1);
      });
      const evict = ({ apiVersion, kind, metadata: { name = '' } }: KubeObject) => {
        const metadata = { namespace: release.namespace, name };
        return api.createUnder({ apiVersion, kind, metadata }, 'eviction', {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata,
        });
      };
      await accepted(evict(first!));
      expect(await evict(second!)).toMatchObject({ status: 429 });
      // As `kubectl drain` does.
      await eventually('the second eviction', () => accepted(evict(second!)));
      await settled();
      const uids = (await webhookPods()).map(({ metadata }) => metadata.uid);
      expect(uids).not.toContain(first!.metadata.uid);
      expect(uids).not.toContain(second!.metadata.uid);
    }));

  it('all have their token through renewals, and when both Secrets are lost', () =>
    noneMissedDuring('renewals and lost Secrets', 'renewal', async () => {
      const serving = () => value(secret('tls'), 'tls.crt');
      const unlike = (what: string, last: string, now: () => Promise<string>) =>
        eventually(what, async () => {
          const value = await now();
          expect(value === last || value === '').toBe(false);
          return value;
        });
      const [firstCa, firstCertificate] = [await newestAuthority(), await serving()];
      // A third of its life is left when a CA is due: the one that is there has a year.
      const self = { caDuration: '1200d', certDuration: '60s' };
      await release.upgrade({ ...variablePolicyValues, certificates: { self } });
      const secondCa = await unlike('a new CA', firstCa, newestAuthority);
      const second = await unlike('its certificate', firstCertificate, serving);
      const third = await unlike('another certificate of it', second, serving);
      for (const suffix of ['ca', 'tls']) await accepted(api.delete(secret(suffix)));
      await unlike('a CA in the place of the lost one', secondCa, newestAuthority);
      await unlike('its certificate', third, serving);
    }));

  const deployment = (component: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: release.namespace, name: `${release.name}-${component}` },
  });
  const secret = (suffix: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: release.namespace, name: `${release.name}-${suffix}` },
  });
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'token-injector' },
  };
  const policy = {
    apiVersion: 'token-injector.dev/v1alpha1',
    kind: 'TokenPolicy',
    metadata: { name: 'aikido' },
  };

  const value = async (of: KubeObject, key: string): Promise<string> => {
    const { data } = await accepted(api.get<{ readonly data: Record<string, string> }>(of));
    return Buffer.from(data[key] ?? '', 'base64').toString();
  };
  const newestAuthority = async (): Promise<string> => {
    const bundle = await value(secret('ca'), 'ca.crt');
    return bundle.split('-----BEGIN').at(-1) ?? '';
  };
  /** What no upgrade may touch. */
  const state = async () => {
    const { metadata, webhooks } = await accepted(
      api.get<{
        readonly metadata: { readonly uid: string };
        readonly webhooks: readonly { readonly clientConfig: { readonly caBundle: string } }[];
      }>(configuration),
    );
    const versions = await Promise.all(
      [secret('ca'), secret('tls')].map(async (object) => {
        const { metadata: kept } = await accepted(api.get(object));
        return [object.metadata.name, kept.uid, kept.resourceVersion];
      }),
    );
    const kept = await accepted(api.get(policy));
    return {
      configuration: metadata.uid,
      bundles: webhooks.map(({ clientConfig }) => clientConfig.caBundle),
      secrets: versions,
      policy: [kept.metadata.uid, kept['spec']],
    };
  };
});
