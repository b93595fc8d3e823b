import { describe, expect, it } from 'vitest';
import type { KubeObject, Selection } from '../../src/kube/client/api.ts';
import { hasPodSelector, listWorkloadPods } from '../../src/kube/workload-pods.ts';

const workload = (kind: string, selector?: object): KubeObject => ({
  kind,
  metadata: { name: 'shop', namespace: 'agents' },
  spec: { ...(selector && { selector }) },
});
const pod = (name: string, kind: string, owner: string, controller = true): KubeObject => {
  const ownerReferences = [{ apiVersion: 'v1', kind, name: owner, uid: owner, controller }];
  const managed = { managedFields: [{ manager: 'kubelet' }] };
  return { metadata: { name, ownerReferences, ...managed } };
};

/** What is asked for, and what comes of the pods that the server has. */
async function listOf(object: KubeObject, pods: readonly KubeObject[] = []) {
  const asked: (Selection | undefined)[] = [];
  const found = await listWorkloadPods(
    {
      list: async (_resource, selection, project = (item) => item) => {
        asked.push(selection);
        return { resourceVersion: '1', items: pods.map(project) };
      },
    },
    object,
  );
  return { asked, found };
}

it('lists by the selector, in the namespace of the workload', async () => {
  const matchExpressions = [
    { key: 'tier', operator: 'In', values: ['web', 'api'] },
    { key: 'track', operator: 'NotIn', values: ['canary'] },
    { key: 'team', operator: 'Exists' },
    { key: 'legacy', operator: 'DoesNotExist' },
  ];
  const selector = { matchLabels: { app: 'shop', 'example.com/part': '' }, matchExpressions };
  const { asked } = await listOf(workload('StatefulSet', selector));
  const labelSelector =
    'app=shop,example.com/part=,tier in (web, api),track notin (canary),team,!legacy';
  expect(asked).toEqual([{ namespace: 'agents', labelSelector }]);
});

it('knows the selector of a ReplicationController, which is a map of labels', async () => {
  const { asked } = await listOf(workload('ReplicationController', { app: 'shop', tier: 'web' }));
  expect(asked).toEqual([{ namespace: 'agents', labelSelector: 'app=shop,tier=web' }]);
});

it.each([
  ['no selector, as a CronJob', undefined, false],
  ['an empty selector', {}, false],
  ['a selector of another form', { matchLabels: 'app', matchExpressions: {} }, false],
  ['a label', { matchLabels: { app: 'shop' } }, true],
  ['an expression', { matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
])('with %s pods can be found: %s', (_, selector, expected) => {
  expect(hasPodSelector(workload('Deployment', selector))).toBe(expected);
});

describe('of the pods that the selector finds', () => {
  it('a Deployment has those of its ReplicaSets', async () => {
    const { found } = await listOf(workload('Deployment', { matchLabels: { app: 'shop' } }), [
      pod('own', 'ReplicaSet', 'shop-5d8f7c9b4'),
      pod('of-another', 'ReplicaSet', 'shopping-5d8f7c9b4'),
      pod('of-a-set', 'StatefulSet', 'shop-one'),
      pod('of-no-controller', 'ReplicaSet', 'shop-5d8f7c9b4', false),
      { metadata: { name: 'bare' } },
    ]);
    expect(found.map(({ metadata }) => metadata.name)).toEqual(['own']);
    expect(found[0]?.metadata).not.toHaveProperty('managedFields');
  });

  it('any other workload has those that it controls', async () => {
    const { found } = await listOf(workload('Job', { matchLabels: { app: 'shop' } }), [
      pod('own', 'Job', 'shop'),
      pod('of-another', 'Job', 'shop-2'),
      pod('of-another-kind', 'DaemonSet', 'shop'),
    ]);
    expect(found.map(({ metadata }) => metadata.name)).toEqual(['own']);
  });
});
