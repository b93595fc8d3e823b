import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KubeObject, accepted } from '../api.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import type { PolicyView } from '../policy-view.ts';
import { type Release, installRelease, policiesReady } from './installed-release.ts';
import { type RunningPod, isReady, printed } from './pods.ts';
import { describeNode } from './suite.ts';
import { agentWorkload } from './workloads.ts';

const tokens = { token: 'of the user', 'config.yaml': 'apiToken: of the user' };
const ofVendor = { token: 'of the vendor', 'config.yaml': 'apiToken: of the vendor' };
const hash = (value: string) => createHash('sha256').update(value).digest('hex');
const hashesOf = (data: typeof tokens) =>
  `variable ${hash(data.token)}\nfile ${hash(data['config.yaml'])}`;
const labels = { needs: 'token' };
// Workloads are renewed, on a machine that may be busy.
const patience = { timeoutMs: 400_000 };

/** What a chart renders that has a Secret of its own. */
const own = {
  container: {
    env: [
      { name: 'AGENT_TOKEN', valueFrom: { secretKeyRef: { name: 'vendor', key: 'token' } } },
      { name: 'OTHER', value: 'other' },
    ],
    volumeMounts: [{ name: 'config', mountPath: '/etc/agent' }],
  },
  spec: { volumes: [{ name: 'config', secret: { secretName: 'vendor' } }] },
};

describeNode('Injected of a policy', ({ api, kubectl, helm, images }) => {
  let namespace = '';
  let release: Release;
  beforeAll(async () => {
    namespace = await createNamespace(api, 'injected');
    for (const [name, stringData] of Object.entries({ shop: tokens, vendor: ofVendor })) {
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } };
      await accepted(api.create({ ...secret, stringData }));
    }
    const config = { secretNames: ['shop', 'vendor'] };
    // One alone: a dry run then tells which policy it goes by.
    release = await installRelease({ api, helm, images }, { config, webhook: { replicas: 1 } });
  });
  afterAll(async () => {
    await deleteNamespace(api, namespace);
    await release?.remove();
  });

  const policyWith = (whenPresent: object): KubeObject => ({
    apiVersion: 'token-injector.dev/v1alpha1',
    kind: 'TokenPolicy',
    metadata: { name: 'shop' },
    spec: {
      match: { namespaces: [namespace], podSelector: { matchLabels: labels } },
      secret: { name: 'shop' },
      inject: {
        env: [{ name: 'AGENT_TOKEN', key: 'token', ...whenPresent }],
        files: [
          {
            mountPath: '/etc/agent',
            items: [{ key: 'config.yaml', path: 'config.yaml' }],
            ...whenPresent,
          },
        ],
      },
    },
  });
  const workload = (kind: 'Deployment' | 'CronJob', name: string, change: object = {}) =>
    agentWorkload({
      kind,
      namespace,
      name,
      image: images.agent,
      labels: { ...labels, app: name },
      stays: true,
      ...change,
    });
  const kubectlIn = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await kubectl(['--namespace', namespace, ...args]);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };
  const runJob = (name: string) => kubectlIn('create', 'job', name, '--from', 'cronjob/report');
  /** Waits until a workload has one pod, which prints this. */
  const prints = async (app: string, text: string) => {
    const pod = { apiVersion: 'v1', kind: 'Pod' };
    const name = await eventually(
      `the pod of ${app}`,
      async () => {
        const selection = { namespace, labelSelector: `app=${app}` };
        const { items } = await accepted(api.list<RunningPod>(pod, selection));
        expect(items).toHaveLength(1);
        isReady(items[0]!);
        return items[0]!.metadata.name!;
      },
      patience,
    );
    await printed(kubectl, { namespace, name }, text);
  };
  const becomes = (status: string, reason: string, ...words: readonly string[]) =>
    eventually(
      `Injected to be ${reason}`,
      async () => {
        const found = await accepted(api.get<PolicyView>(policyWith({})));
        const condition = found.status?.conditions.find(({ type }) => type === 'Injected');
        expect(condition).toMatchObject({ status, reason });
        for (const word of words) expect(condition!.message).toContain(word);
      },
      patience,
    );
  const hasEvent = (kind: string, name: string, reason: string) =>
    eventually(`the Event ${reason} about ${kind} ${name}`, async () => {
      const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name},reason=${reason}`;
      const events = { apiVersion: 'v1', kind: 'Event' };
      const { items } = await accepted(api.list(events, { namespace, fieldSelector }));
      expect(items).not.toEqual([]);
    });

  it('is Missed and Kept while workloads lack their token or keep another', async () => {
    await accepted(api.create(workload('Deployment', 'early')));
    await prints('early', 'variable absent\nfile absent');
    await accepted(api.create(policyWith({})));
    await policiesReady(api);
    await accepted(api.create(workload('Deployment', 'own', own)));
    await accepted(api.create(workload('Deployment', 'later')));
    await accepted(api.create(workload('CronJob', 'report', own)));
    await runJob('before');
    await becomes(
      'False',
      'Missed',
      '1 of 4 agent pods lack',
      '2 of 4 agent pods keep their own AGENT_TOKEN -> vendor in container agent',
      'token-injector explain tells whether Secret vendor is there',
    );
    expect(await kubectlIn('get', 'tp')).toMatch(/^shop +shop +1\/4 /m);
    await prints('early', 'variable absent\nfile absent');
    await prints('own', hashesOf(ofVendor));
    await prints('report', hashesOf(ofVendor));
    await prints('later', hashesOf(tokens));
    await hasEvent('Deployment', 'early', 'Missed');
    await hasEvent('Deployment', 'own', 'Kept');
    await hasEvent('CronJob', 'report', 'Kept');
  });

  it('is AllHold once the policy replaces what they keep and the pods are renewed', async () => {
    await accepted(api.apply(policyWith({ whenPresent: 'Replace' }), { force: true }));
    await becomes('False', 'Missed', '3 of 4 agent pods lack');
    await eventually('the webhook to go by the new policy', async () => {
      const { template } = workload('Deployment', 'tried', own)['spec'] as { template: object };
      const pod = { apiVersion: 'v1', kind: 'Pod', ...template } as KubeObject;
      const metadata = { ...pod.metadata, namespace, name: 'tried' };
      const tried = await accepted(api.create({ ...pod, metadata }, { query: { dryRun: 'All' } }));
      expect(JSON.stringify(tried)).toContain('token-injector-shop');
    });
    await kubectlIn('rollout', 'restart', 'deployment/early', 'deployment/own');
    await kubectlIn('delete', 'job', 'before');
    await runJob('after');
    await becomes('True', 'AllHold', 'All 4 agent pods');
    for (const app of ['early', 'own', 'report', 'later']) await prints(app, hashesOf(tokens));
    await hasEvent('Deployment', 'early', 'AllHold');
    await hasEvent('Deployment', 'own', 'AllHold');
  });
});
