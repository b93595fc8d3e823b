import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { type RunningController, startController, tokenPolicy } from './controller-under-test.ts';

let controller: RunningController;

const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const owned = (kind: string, apiVersion: string, name: string, owner?: KubeObject): KubeObject => ({
  apiVersion,
  kind,
  metadata: {
    name,
    namespace: 'shop',
    uid: `${kind}-uid`,
    ...(owner ? { ownerReferences: [ownerReference(owner)] } : {}),
  },
});
const ownerReference = ({ apiVersion = '', kind = '', metadata }: KubeObject) => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid ?? '',
  controller: true,
});
const deployment = owned('Deployment', 'apps/v1', 'agent');
const replicaSet = owned('ReplicaSet', 'apps/v1', 'agent-5d4f');
const own = {
  name: 'TOKEN',
  valueFrom: { secretKeyRef: { name: 'agent-secret', key: 'token' } },
};
const pod = (name: string, owner?: KubeObject, env: readonly object[] = []): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'shop',
    labels: { agent: 'agent', 'pod-template-hash': '5d4f' },
    ...(owner ? { ownerReferences: [ownerReference(owner)] } : {}),
  },
  spec: { containers: [{ name: 'app', env: [{ name: 'A', value: 'canary-literal' }, ...env] }] },
});
const events = () => controller.api.all(resources.events);
const writes = () =>
  controller.api.requests.filter(({ verb, kind }) => verb === 'apply' && kind === 'Event').length;

describe('Events', () => {
  it('are about the workload, one for all of its pods, and are renewed when all is well', async () => {
    controller = startController([
      tokenPolicy('agent'),
      namespace,
      deployment,
      pod('agent-5d4f-1', replicaSet),
      pod('agent-5d4f-2', replicaSet),
    ]);
    await controller.until(() => expect(events()).toHaveLength(1));
    expect(events()[0]).toMatchObject({
      metadata: { name: 'agent.deployment.token-injector-agent', namespace: 'shop' },
      involvedObject: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'agent',
        namespace: 'shop',
        uid: 'Deployment-uid',
      },
      type: 'Warning',
      reason: 'Missed',
      message: expect.stringContaining('2 of 2 agent pods lack') as string,
    });
    await controller.rest();
    controller.api.put(pod('agent-5d4f-3', replicaSet));
    await controller.rest();
    expect(writes()).toBe(1);
    controller.api.put(pod('agent-5d4f-1', replicaSet, [own]));
    controller.api.put(pod('agent-5d4f-2', replicaSet, [own]));
    controller.api.remove(resources.pods, 'agent-5d4f-3', 'shop');
    await controller.until(() =>
      expect(events()[0]).toMatchObject({ type: 'Normal', reason: 'AllHold' }),
    );
    expect(events()).toHaveLength(1);
    expect(JSON.stringify(events())).not.toContain('canary-literal');
  });

  it('are about a pod that nobody owns, and about the CronJob of a Job', async () => {
    const cronJob = owned('CronJob', 'batch/v1', 'nightly');
    const job = owned('Job', 'batch/v1', 'nightly-1', cronJob);
    controller = startController([
      tokenPolicy('agent'),
      namespace,
      cronJob,
      job,
      pod('bare'),
      pod('nightly-1-x', job),
    ]);
    await controller.until(() =>
      expect(events().map(({ involvedObject }) => involvedObject)).toEqual([
        expect.objectContaining({ kind: 'Pod', name: 'bare', uid: expect.any(String) as string }),
        expect.objectContaining({ kind: 'CronJob', name: 'nightly', uid: 'CronJob-uid' }),
      ]),
    );
  });

  it('are not written where all is well from the start, nor about what is gone', async () => {
    controller = startController([
      tokenPolicy('agent'),
      namespace,
      pod('holding', undefined, [own]),
      pod('orphan-5d4f-1', replicaSet),
    ]);
    await controller.rest();
    expect(events()).toEqual([]);
  });

  it('are written a few at a time', async () => {
    const many = Array.from({ length: 45 }, (_, index) => pod(`bare-${index}`));
    controller = startController([tokenPolicy('agent'), namespace, ...many]);
    await controller.until(() => expect(writes()).toBe(20));
    await controller.until(() => expect(writes()).toBe(45));
    await controller.rest();
    expect(writes()).toBe(45);
  });
});
