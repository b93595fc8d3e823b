import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { fakeApi } from '../kube/fake-api.ts';
import {
  type RunningController,
  clusterRole,
  startController,
  tokenPolicy,
} from './controller-under-test.ts';

let controller: RunningController;

const status = (name = 'agent') => controller.policy(name).status!;
const condition = (type: string) => {
  const found = status().conditions.find((entry) => entry.type === type)!;
  return [found.status, found.reason, found.message] as const;
};
const namespaceOf = (name: string, labels = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const podIn = (namespace: string, name = 'agent-1'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { agent: 'agent' } },
  spec: { containers: [{ name: 'app' }] },
});
const secretIn = (namespace: string, data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'agent-secret', namespace },
  data,
});
const allowed = { secretNames: ['agent-secret'] };

describe('the status of a TokenPolicy', () => {
  it('names the fields of a newer definition that are ignored, or why it is not in force without', async () => {
    const match = { podSelector: { matchLabels: { agent: 'agent' } } };
    controller = startController([
      tokenPolicy('agent', { enforce: { literalToken: 'Allow' }, match: { ...match, newer: [] } }),
      tokenPolicy('narrow', { match: { ...match, newer: ['only-these'] } }),
    ]);
    await controller.until(() => {
      expect(controller.ready('agent')).toEqual([
        'True',
        'Registered',
        'The API server asks the webhook about pods that the policy selects. This version of token-injector does not know these fields and ignores them: spec.match.newer, spec.enforce.literalToken.',
      ]);
      expect(controller.ready('narrow')).toEqual([
        'False',
        'Invalid',
        expect.stringContaining(
          'spec.match.newer: is not known to this version of token-injector and may say which pods get which token',
        ),
      ]);
    });
    expect(controller.entries()).toEqual(['agent.token-injector.dev', 'probe.token-injector.dev']);
  });

  it('says which namespace lacks the Secret or its key, until it does not', async () => {
    controller = startController(
      [tokenPolicy('agent'), namespaceOf('one'), namespaceOf('two'), podIn('one'), podIn('two')],
      allowed,
    );
    await controller.until(() =>
      expect(condition('SecretReady')).toEqual([
        'False',
        'SecretMissing',
        'namespace one: Secret agent-secret is missing; pods wait until it is created with key token (and in 1 more namespace)',
      ]),
    );
    expect(status()).toMatchObject({
      namespaces: 2,
      problems: [{ namespace: 'one' }, { namespace: 'two' }],
      moreProblems: 0,
    });
    controller.api.put(secretIn('one', { token: btoa('canary-token') }));
    controller.api.put(secretIn('two', { other: btoa('canary-token') }));
    await controller.until(() =>
      expect(condition('SecretReady').slice(1)).toEqual([
        'KeyMissing',
        'namespace two: Secret agent-secret has no key token; pods wait until it does',
      ]),
    );
    controller.api.put(secretIn('two', { token: btoa('canary-token') }));
    await controller.until(() => expect(condition('SecretReady')[0]).toBe('True'));
    expect(status()).toMatchObject({ namespaces: 2, problems: [], moreProblems: 0 });
    const written = JSON.stringify([
      controller.api.all(resources.tokenPolicies),
      controller.problems,
    ]);
    expect(written).not.toContain('canary-token');
    expect(written).not.toContain(btoa('canary-token'));
  });

  it('looks only where pods are that the policy selects', async () => {
    const policy = tokenPolicy('agent', {
      match: {
        podSelector: { matchLabels: { agent: 'agent' } },
        namespaceSelector: { matchLabels: { team: 'a' } },
      },
    });
    controller = startController(
      [policy, namespaceOf('one', { team: 'a' }), namespaceOf('two'), podIn('two')],
      allowed,
    );
    await controller.until(() => expect(condition('SecretReady')[1]).toBe('NoAgentPods'));
    controller.api.put(podIn('one'));
    await controller.until(() => expect(condition('SecretReady')[1]).toBe('SecretMissing'));
    expect(status().problems).toMatchObject([{ namespace: 'one' }]);
    controller.api.put(secretIn('one', { token: '' }));
    await controller.until(() =>
      expect(condition('SecretReady')[2]).toBe(
        'Secret agent-secret holds every key in the one namespace with agent pods.',
      ),
    );
    controller.api.remove(resources.pods, 'agent-1', 'one');
    await controller.until(() => expect(condition('SecretReady')[1]).toBe('NoAgentPods'));
  });

  it('names the first 20 namespaces and counts the rest', async () => {
    const names = Array.from({ length: 23 }, (_, index) => `ns-${String(index).padStart(2, '0')}`);
    controller = startController(
      [
        tokenPolicy('agent'),
        ...names.map((name) => namespaceOf(name)),
        ...names.map((name) => podIn(name)),
      ],
      allowed,
    );
    await controller.until(() =>
      expect(status()).toMatchObject({ namespaces: 23, moreProblems: 3 }),
    );
    expect(status().problems).toHaveLength(20);
  });

  it('says that it may not look, and how to have it look', async () => {
    controller = startController([tokenPolicy('agent'), namespaceOf('one'), podIn('one')]);
    await controller.until(() =>
      expect(condition('SecretReady').slice(0, 2)).toEqual(['Unknown', 'NotPermitted']),
    );
    expect(condition('SecretReady')[2]).toContain('config.secretNames');
  });

  it('says that more policies select one pod than should, until they do not', async () => {
    const byLabel = (index: number) =>
      tokenPolicy(`p${index}`, { match: { podSelector: { matchLabels: { [`l${index}`]: 'x' } } } });
    const labels = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`l${index}`, 'x']));
    const crowded = { ...podIn('one'), metadata: { name: 'crowded', namespace: 'one', labels } };
    controller = startController([
      ...Array.from({ length: 12 }, (_, index) => byLabel(index)),
      namespaceOf('one'),
      crowded,
    ]);
    await controller.until(() =>
      expect(controller.ready('p3').slice(0, 2)).toEqual(['True', 'SelectorsOverlap']),
    );
    expect(controller.ready('p3')[2]).toContain('11 policies select a pod in namespace one');
    expect(controller.ready('p11')[1]).toBe('Registered');
    controller.api.remove(resources.pods, 'crowded', 'one');
    await controller.until(() => expect(controller.ready('p3')[1]).toBe('Registered'));
  });

  it('is not held up by Secrets or pods that may not be read', async () => {
    const api = fakeApi([clusterRole('token-injector'), tokenPolicy('agent')]);
    api.refuse({ status: 403, reason: 'Forbidden', when: ({ kind }) => kind === 'Pod' });
    api.refuse({
      status: 403,
      reason: 'Forbidden',
      when: ({ kind, namespace }) => kind === 'Secret' && namespace === undefined,
    });
    controller = startController([], { ...allowed, api });
    await controller.until(() => {
      expect(condition('Ready')[0]).toBe('True');
      expect(condition('SecretReady').slice(0, 2)).toEqual(['Unknown', 'NotPermitted']);
    });
  });

  it.each(['Secret', 'Pod', 'Namespace'])(
    'says that the right to read was withdrawn, and goes on by itself: %s',
    async (kind) => {
      controller = startController(
        [
          tokenPolicy('agent'),
          namespaceOf('one'),
          podIn('one'),
          secretIn('one', { token: 'eA==' }),
        ],
        allowed,
      );
      const { api } = controller;
      await controller.until(() => expect(condition('SecretReady')[0]).toBe('True'));
      const restore = api.refuse({
        status: 403,
        reason: 'Forbidden',
        when: (request) => request.kind === kind && request.namespace === undefined,
      });
      api.cutWatches();
      await controller.until(() =>
        expect(condition('SecretReady').slice(0, 2)).toEqual(['Unknown', 'NotPermitted']),
      );
      expect(condition('Ready')[0]).toBe('True');
      // What it would have seen.
      api.remove(resources.secrets, 'agent-secret', 'one');
      await controller.rest();
      expect(condition('SecretReady')[1]).toBe('NotPermitted');
      restore();
      await controller.until(() => expect(condition('SecretReady')[1]).toBe('SecretMissing'));
      expect(controller.problems.at(-1)).toMatch(/^watch of \w+: works again$/);
    },
  );

  it('says which generation it is about, and since when', async () => {
    controller = startController([tokenPolicy('agent')]);
    await controller.until(() => expect(condition('Ready')[0]).toBe('True'));
    const since = () =>
      (
        status().conditions.find(({ type }) => type === 'Ready') as unknown as {
          lastTransitionTime: string;
        }
      ).lastTransitionTime;
    const before = since();
    await controller.pass(60_000);
    controller.api.put({
      ...tokenPolicy('agent', { secret: { name: 'other' } }),
      status: controller.policy('agent').status,
    });
    await controller.until(() => expect(status().observedGeneration).toBe(2));
    expect(since()).toBe(before);
  });

  it('stays as it is when a controller takes over', async () => {
    controller = startController(
      [tokenPolicy('agent'), namespaceOf('one'), podIn('one'), secretIn('one', { token: 'eA==' })],
      allowed,
    );
    const { api, clock } = controller;
    const answered = (object: KubeObject, { kind }: { kind: string }) =>
      kind === 'ConfigMap' ? { ...object, data: { answered: 'token-injector' } } : object;
    api.admitWith(answered);
    await controller.until(() => {
      expect(condition('SecretReady')[0]).toBe('True');
      expect(condition('Reachable')[0]).toBe('True');
    });
    await controller.rest();
    await controller.stop();
    api.requests.length = 0;
    controller = startController([], { ...allowed, api, clock });
    await controller.rest();
    expect(api.requests.filter(({ verb }) => verb === 'apply')).toEqual([]);
  });

  it('says that nothing is registered while there is no certificate, and why', async () => {
    const certificates = {
      secrets: [],
      reconcile: () => Promise.reject(new Error('no certificate from cert-manager')),
    };
    controller = startController([tokenPolicy('agent')], { certificates });
    await controller.until(() =>
      expect(condition('Ready')).toEqual([
        'False',
        'NotRegistered',
        'no certificate from cert-manager',
      ]),
    );
  });

  it('is written once though others have conditions of their own, and ports change in messages', async () => {
    controller = startController([tokenPolicy('agent'), podIn('one')]);
    const { api } = controller;
    await controller.until(() => expect(condition('Ready')[0]).toBe('True'));
    const { metadata, status: before, ...rest } = controller.policy('agent');
    const other = { type: 'Audited', status: 'True', reason: 'ByHand', message: '' };
    const conditions = [other, ...before!.conditions];
    api.put({ ...rest, metadata, status: { ...before, conditions } });
    let port = 40_000;
    const failing = () =>
      api.refuse({
        status: 500,
        message: `failed calling webhook "probe.token-injector.dev": read tcp 10.0.0.1:${port++}->10.96.0.1:443: reset by peer`,
        when: ({ kind }) => kind === 'ConfigMap',
      });
    let repair = failing();
    await controller.until(() =>
      expect(condition('Reachable')[2]).toContain('read tcp 10.96.0.1:443: reset'),
    );
    api.requests.length = 0;
    for (let minutes = 0; minutes < 10; minutes++) {
      repair();
      repair = failing();
      api.put(podIn('one', `pod-${minutes}`));
      await controller.pass(60_000);
    }
    expect(api.requests.filter(({ verb }) => verb === 'apply')).toEqual([]);
  });
});
