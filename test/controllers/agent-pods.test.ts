import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { type FakeApi, fakeApi } from '../kube/fake-api.ts';
import {
  type RunningController,
  clusterRole,
  startController,
  tokenPolicy,
} from './controller-under-test.ts';

let controller: RunningController;

const status = (name = 'agent') => controller.policy(name).status!;
const injected = (name?: string) => {
  const found = status(name).conditions.find(({ type }) => type === 'Injected')!;
  return [found.status, found.reason, found.message] as const;
};
const namespaceOf = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
});
const podIn = (namespace: string, name: string, env: readonly object[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { agent: 'agent' } },
  spec: { containers: [{ name: 'app', env }] },
});
const variable = (secret: string) => ({
  name: 'TOKEN',
  valueFrom: { secretKeyRef: { name: secret, key: 'token' } },
});
const labelled = (name: string, agent: string) => ({ name, namespace: 'one', labels: { agent } });
const literal = { name: 'OTHER', value: 'canary-literal' };

describe('the agent pods of a policy', () => {
  it('says what the live pods hold, until all do', async () => {
    controller = startController([
      tokenPolicy('agent'),
      namespaceOf('one'),
      podIn('one', 'holds', [variable('agent-secret'), literal]),
      podIn('one', 'keeps', [variable('vendor'), literal]),
      podIn('one', 'missed', [literal]),
      { ...podIn('one', 'ended', []), status: { phase: 'Succeeded' } },
      podIn('one', 'leaving', []),
    ]);
    const { api } = controller;
    const leaving = podIn('one', 'leaving', []);
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    api.put({ ...leaving, metadata: { ...leaving.metadata, deletionTimestamp } });
    await controller.until(() =>
      expect(status()).toMatchObject({
        pods: { selected: 3, holding: 1, kept: 1, missed: 1, summary: '1/3' },
      }),
    );
    expect(injected().slice(0, 2)).toEqual(['False', 'Missed']);
    api.remove(resources.pods, 'missed', 'one');
    await controller.until(() => expect(injected().slice(0, 2)).toEqual(['False', 'Kept']));
    expect(injected()[2]).toContain('TOKEN -> vendor in container app');
    // The policy is changed, and the pods that are there are as old as before.
    const inject = { env: [{ name: 'TOKEN', key: 'token', whenPresent: 'Replace' }] };
    api.put({ ...tokenPolicy('agent', { inject }), status: controller.policy('agent').status });
    await controller.until(() => expect(injected()[1]).toBe('Missed'));
    api.put(podIn('one', 'keeps', [variable('agent-secret')]));
    await controller.until(() => expect(injected().slice(0, 2)).toEqual(['True', 'AllHold']));
    expect(status()).toMatchObject({ pods: { summary: '2/2' } });
    const written = [...controller.problems, api.all(resources.tokenPolicies)];
    expect(JSON.stringify(written)).not.toContain('canary-literal');
  });

  it('are read by what policies select, as policies come and go', async () => {
    const fake = fakeApi([clusterRole('token-injector'), tokenPolicy('agent'), namespaceOf('one')]);
    const read: (string | undefined)[] = [];
    const api: FakeApi = {
      ...fake,
      list(resource, selection, project) {
        if (resource.kind === 'Pod') read.push(selection?.labelSelector);
        return fake.list(resource, selection, project);
      },
    };
    fake.put(podIn('one', 'first', []));
    fake.put({ ...podIn('one', 'second', []), metadata: labelled('second', 'other') });
    controller = startController([], { api });
    await controller.until(() => expect(status().pods).toMatchObject({ missed: 1 }));
    expect(read).toEqual(['agent in (agent)']);
    fake.put(tokenPolicy('other'));
    await controller.until(() => expect(status('other').pods).toMatchObject({ missed: 1 }));
    expect(read).toEqual(['agent in (agent)', 'agent in (agent, other)']);
    expect(status().pods).toMatchObject({ missed: 1 });
    fake.remove(resources.tokenPolicies, 'agent');
    fake.put(podIn('one', 'third', []));
    fake.put({ ...podIn('one', 'fourth', []), metadata: labelled('fourth', 'other') });
    await controller.until(() => expect(status('other').pods).toMatchObject({ missed: 2 }));
    expect(read.at(-1)).toBe('agent in (other)');
  });

  it('stay what they were until new ones have been read', async () => {
    controller = startController([
      tokenPolicy('agent'),
      namespaceOf('one'),
      podIn('one', 'first', []),
    ]);
    const { api } = controller;
    await controller.until(() => expect(injected()[1]).toBe('Missed'));
    const restore = api.refuse({ status: 500, when: ({ kind }) => kind === 'Pod' });
    api.put(tokenPolicy('other'));
    await controller.pass(10_000);
    expect(injected()[1]).toBe('Missed');
    expect(controller.policy('other').status).toBeUndefined();
    restore();
    await controller.until(() => expect(injected('other')[1]).toBe('NoAgentPods'));
    expect(injected()[1]).toBe('Missed');
  });
});
