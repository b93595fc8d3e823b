import { expect, it } from 'vitest';
import { auditCluster } from '../../src/commands/audit/audit-cluster.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { tokenPolicy } from '../controllers/controller-under-test.ts';
import { fakeApi } from '../kube/fake-api.ts';

const canary = 'AIK_CANARY_literal';
const reference = (name: string, key: string) => ({
  name: 'TOKEN',
  valueFrom: { secretKeyRef: { name, key } },
});
const holding = [reference('agent-secret', 'token')];

/** A pod of a Deployment's ReplicaSet. */
const podOf = (namespace: string, deployment: string, id: string, env: readonly object[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `${deployment}-5d8f-${id}`,
    namespace,
    labels: { agent: 'agent', 'pod-template-hash': '5d8f', app: deployment },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: `${deployment}-5d8f`,
        uid: deployment,
        controller: true,
      },
    ],
  },
  spec: { containers: [{ name: 'app', env: [...env, { name: 'OTHER', value: canary }] }] },
  status: { phase: 'Running' },
});
const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const invalid = { ...tokenPolicy('broken'), spec: {} };

function cluster() {
  return fakeApi([
    namespace('shop'),
    namespace('pay'),
    tokenPolicy('agent'),
    podOf('shop', 'web', 'a', holding),
    podOf('shop', 'api', 'a', []),
    podOf('shop', 'api', 'b', []),
    podOf('pay', 'vendor', 'a', [reference('chart', 'api-key')]),
    { ...podOf('pay', 'ended', 'a', []), status: { phase: 'Succeeded' } },
  ]);
}
const audit = (api = cluster(), pods = {}) => auditCluster(api, pods, 'token-injector');

it('lists what agent pods lack or keep, by workload, and holds no literal', async () => {
  const found = await audit();
  expect(found).toMatchObject({
    policies: [{ policy: 'agent', selected: 4, holding: 1, kept: 1, missed: 2 }],
    findings: [
      {
        namespace: 'pay',
        workload: { kind: 'Deployment', name: 'vendor' },
        policy: 'agent',
        container: 'app',
        subject: 'TOKEN',
        outcome: 'kept',
        reason: 'env-kept-reference',
        refersTo: { secret: 'chart', key: 'api-key' },
        pods: 1,
      },
      {
        namespace: 'shop',
        workload: { kind: 'Deployment', name: 'api' },
        container: 'app',
        outcome: 'missed',
        reason: 'env-added',
        sentence: 'The variable is missing.',
        pods: 2,
      },
    ],
    invalid: [],
  });
  expect(JSON.stringify(found)).not.toContain(canary);
});

it('is limited to a namespace and to labels', async () => {
  expect((await audit(cluster(), { namespace: 'shop' })).findings).toMatchObject([{ pods: 2 }]);
  const { findings } = await audit(cluster(), { labelSelector: 'app=vendor' });
  expect(findings).toMatchObject([{ outcome: 'kept' }]);
  await expect(audit(cluster(), { namespace: 'absent' })).rejects.toThrow('no namespace absent');
});

it('says which entry another policy wrote', async () => {
  const api = cluster();
  const match = { podSelector: { matchLabels: { agent: 'agent' } } };
  api.put(tokenPolicy('other', { match, secret: { name: 'b' } }));
  const { findings } = await audit(api, { labelSelector: 'app=web' });
  expect(findings).toMatchObject([{ policy: 'other', outcome: 'conflict', reason: 'conflict' }]);
});

it('names policies that cannot be used, and wants one at least', async () => {
  const api = cluster();
  api.put(invalid);
  expect((await audit(api)).invalid).toEqual(['broken']);
  await expect(audit(fakeApi([namespace('shop')]))).rejects.toThrow('there is no TokenPolicy');
});

it('needs no right to read the registration, but the one to read pods', async () => {
  const api = cluster();
  api.refuse({
    status: 403,
    when: ({ kind }) => kind === resources.mutatingWebhookConfigurations.kind,
  });
  expect((await audit(api)).findings).toHaveLength(2);
  api.refuse({ status: 403, when: ({ kind }) => kind === 'Pod' });
  await expect(audit(api)).rejects.toMatchObject({ status: 403 });
});
