import { afterEach, describe, expect, it } from 'vitest';
import { untilAborted } from '../../src/controllers/until-aborted.ts';
import { tokenPolicyDefinition } from '../../src/core/registration/custom-resource-definition.ts';
import { KubeError, type KubeObject } from '../../src/kube/api.ts';
import { type Resource, resources } from '../../src/kube/resources.ts';
import { type FakeApi, fakeApi } from '../kube/fake-api.ts';
import {
  type RunningController,
  clusterRole,
  startController,
  tokenPolicy,
} from './controller-under-test.ts';

let controller: RunningController;
afterEach(() => controller.stop());

const entries = () => controller.configuration().webhooks.map(({ name }) => name);
const ready = (name: string) => {
  const { status } = controller.policy(name);
  const condition = status!.conditions.find(({ type }) => type === 'Ready')!;
  return [condition.status, condition.reason, condition.message] as const;
};
const validating = () =>
  controller.api.all(resources.validatingAdmissionPolicies).map(({ metadata }) => metadata.name);
const refuse = { missed: { atAdmission: 'Refuse' } };
const ownedBy = (name: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  name,
  uid: `uid-of-${name}`,
});
const broken = (name: string) =>
  tokenPolicy(name, { inject: { env: [{ name: 'LD_PRELOAD', key: 'k' }] } });

describe('the registration', () => {
  it('has an entry for each policy in the order of their names, the probe last, owned by the ClusterRole', async () => {
    controller = startController([tokenPolicy('b'), tokenPolicy('a')]);
    await controller.until(() =>
      expect(entries()).toEqual([
        'a.token-injector.dev',
        'b.token-injector.dev',
        'probe.token-injector.dev',
      ]),
    );
    const { uid } = controller.api.stored(resources.clusterRoles, 'token-injector')!.metadata;
    expect(controller.configuration().metadata.ownerReferences).toEqual([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        name: 'token-injector',
        uid,
      },
    ]);
    await controller.until(() => expect(ready('a')[0]).toBe('True'));
  });

  it('follows policies that come, change and go', async () => {
    controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(entries()).toHaveLength(2));
    controller.api.put(tokenPolicy('c', refuse));
    await controller.until(() => {
      expect(entries()).toContain('c.token-injector.dev');
      expect(validating()).toEqual(['token-injector-c']);
      expect(controller.api.all(resources.validatingAdmissionPolicyBindings)).toHaveLength(1);
    });
    controller.api.put(tokenPolicy('c'));
    await controller.until(() => expect(validating()).toEqual([]));
    controller.api.remove(resources.tokenPolicies, 'c');
    await controller.until(() => expect(entries()).not.toContain('c.token-injector.dev'));
  });

  it('restores what was edited or deleted by hand', async () => {
    controller = startController([tokenPolicy('a', refuse)]);
    await controller.until(() => expect(validating()).toHaveLength(1));
    const good = controller.configuration();
    const edited = {
      ...good,
      webhooks: [{ ...good.webhooks[0]!, objectSelector: { matchLabels: { other: 'x' } } }],
    } as unknown as KubeObject;
    controller.api.put(edited);
    await controller.until(() =>
      expect(controller.configuration().webhooks).toEqual(good.webhooks),
    );
    controller.api.remove(resources.mutatingWebhookConfigurations, 'token-injector');
    await controller.until(() =>
      expect(controller.configuration().webhooks).toEqual(good.webhooks),
    );
    controller.api.remove(resources.validatingAdmissionPolicyBindings, 'token-injector-a');
    await controller.until(() =>
      expect(controller.api.all(resources.validatingAdmissionPolicyBindings)).toHaveLength(1),
    );
  });

  it('leaves alone what is paused, and mends it afterwards', async () => {
    controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(entries()).toHaveLength(2));
    const { metadata, ...rest } = controller.configuration();
    const paused = { ...metadata, annotations: { 'token-injector.dev/paused': 'true' } };
    controller.api.put({ ...rest, metadata: paused, webhooks: [] });
    await controller.rest();
    expect(entries()).toEqual([]);
    expect(ready('a').slice(0, 2)).toEqual(['False', 'Paused']);
    controller.api.put({ ...rest, metadata, webhooks: [] });
    await controller.until(() => {
      expect(entries()).toHaveLength(2);
      expect(ready('a')[0]).toBe('True');
    });
  });

  it('takes out additions once, and does not fight whoever insists', async () => {
    controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(entries()).toHaveLength(2));
    const extra = { key: 'control-plane', operator: 'DoesNotExist' };
    // As the admission enforcer of a cloud: whatever is written gets its requirement.
    controller.api.admitWith((object) => {
      if (object.kind !== 'MutatingWebhookConfiguration') return object;
      const webhooks = (
        object['webhooks'] as { namespaceSelector: { matchExpressions: object[] } }[]
      ).map((entry) => ({
        ...entry,
        namespaceSelector: {
          matchExpressions: [...entry.namespaceSelector.matchExpressions, extra],
        },
      }));
      return { ...object, webhooks };
    });
    controller.api.put(tokenPolicy('b'));
    await controller.until(() => expect(entries()).toHaveLength(3));
    await controller.rest();
    controller.api.requests.length = 0;
    await controller.rest();
    expect(controller.api.requests.filter(({ verb }) => verb === 'apply')).toEqual([]);
    expect(JSON.stringify(controller.configuration().webhooks)).toContain('control-plane');
    expect(ready('b')[0]).toBe('True');
  });

  it('takes over what was registered by hand, and whatever is added to it goes', async () => {
    const { apiVersion, kind } = resources.mutatingWebhookConfigurations;
    const labels = { 'app.kubernetes.io/name': 'token-injector' };
    controller = startController([
      tokenPolicy('a', refuse),
      {
        apiVersion,
        kind,
        metadata: { name: 'token-injector', labels },
        webhooks: [{ name: 'other.example.com' }, { name: 'old.token-injector.dev' }],
      },
    ]);
    const wanted = ['a.token-injector.dev', 'probe.token-injector.dev'];
    await controller.until(() => expect(entries()).toEqual(wanted));
    await controller.until(() => expect(validating()).toHaveLength(1));
    const good = controller.configuration();
    const off = { name: 'off', expression: 'false' };
    controller.api.put({
      ...good,
      webhooks: [
        { name: 'other.example.com' },
        ...good.webhooks.map((entry) => ({ ...entry, matchConditions: [off] })),
      ],
    });
    await controller.until(() =>
      expect(controller.configuration().webhooks).toEqual(good.webhooks),
    );
    for (const [resource, change] of [
      [
        resources.validatingAdmissionPolicyBindings,
        { matchResources: { objectSelector: { x: 1 } } },
      ],
      [resources.validatingAdmissionPolicyBindings, { validationActions: ['Audit', 'Deny'] }],
      [resources.validatingAdmissionPolicies, { matchConditions: [off] }],
    ] as const) {
      const live = controller.api.stored(resource, 'token-injector-a')!;
      controller.api.put({ ...live, spec: { ...(live['spec'] as object), ...change } });
      await controller.until(() =>
        expect(controller.api.stored(resource, 'token-injector-a')!['spec']).toEqual(live['spec']),
      );
    }
  });

  it.each([
    ['another release', { ownerReferences: [ownedBy('other-release')] }],
    ['Helm', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }],
    ['somebody else', {}],
  ])('leaves alone what belongs to %s, and says so', async (owner, metadata) => {
    const foreign = (resource: Resource, name: string): KubeObject => ({
      apiVersion: resource.apiVersion,
      kind: resource.kind,
      metadata: { name, ...metadata },
      spec: { theirs: true },
    });
    const objects = [
      foreign(resources.mutatingWebhookConfigurations, 'token-injector'),
      foreign(resources.validatingAdmissionPolicies, 'token-injector-a'),
      foreign(resources.validatingAdmissionPolicies, 'token-injector-gone'),
    ];
    controller = startController([tokenPolicy('a', refuse), ...objects]);
    await controller.until(() =>
      expect(ready('a').slice(0, 2)).toEqual(['False', 'NotRegistered']),
    );
    expect(ready('a')[2]).toContain(`belongs to ${owner}`);
    await controller.rest();
    for (const {
      metadata: { name },
      kind,
    } of objects) {
      const resource = [
        resources.mutatingWebhookConfigurations,
        resources.validatingAdmissionPolicies,
      ].find((candidate) => candidate.kind === kind)!;
      expect(controller.api.stored(resource, name)).toMatchObject({
        metadata: { generation: 1 },
        spec: { theirs: true },
      });
    }
  });

  it('does not fight over a field, and says that somebody changes it', async () => {
    controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(ready('a')[0]).toBe('True'));
    const { api } = controller;
    const spoil = (object: KubeObject) => ({
      ...object,
      webhooks: (object['webhooks'] as object[]).map((entry) => ({ ...entry, timeoutSeconds: 30 })),
    });
    api.requests.length = 0;
    for (let seconds = 0; seconds < 120; seconds++) {
      api.put(spoil(controller.configuration()));
      await controller.pass(1_000);
    }
    expect(ready('a')[2]).toContain('somebody else changes');
    const writes = api.requests.filter(({ verb }) => verb === 'apply');
    expect(writes.length).toBeLessThan(20);
    await controller.until(() => expect(ready('a')[0]).toBe('True'));
    // Or at once, as it is written.
    api.admitWith((object) =>
      object.kind === 'MutatingWebhookConfiguration' ? spoil(object) : object,
    );
    api.put(tokenPolicy('b'));
    await controller.until(() => expect(ready('b')[2]).toContain('something else changes'));
  });

  it('is not held up by one object that cannot be written', async () => {
    controller = startController([
      tokenPolicy('a', refuse),
      tokenPolicy('b', refuse),
      tokenPolicy('c'),
    ]);
    const { api } = controller;
    api.refuse({
      status: 422,
      message: 'the expression is too costly',
      when: ({ verb, name }) => verb === 'apply' && name === 'token-injector-a',
    });
    await controller.until(() =>
      expect(ready('a').slice(1)).toEqual(['NotRegistered', 'the expression is too costly']),
    );
    await controller.until(() => expect([ready('b')[0], ready('c')[0]]).toEqual(['True', 'True']));
    // By now it is tried again rarely.
    await controller.pass(20 * 60_000);
    api.remove(resources.tokenPolicies, 'c');
    await controller.pass(3_000);
    expect(entries()).not.toContain('c.token-injector.dev');
    api.remove(resources.mutatingWebhookConfigurations, 'token-injector');
    await controller.pass(3_000);
    expect(entries()).toContain('b.token-injector.dev');
  });

  it('refuses no pod for a policy that has no entry, or no longer', async () => {
    const name = (index: number) => `agent-${String(index).padStart(3, '0')}`;
    controller = startController(
      Array.from({ length: 300 }, (_, index) => tokenPolicy(name(index))),
    );
    await controller.until(() => expect(entries()).toHaveLength(301));
    controller.api.put(tokenPolicy('zz', refuse));
    await controller.until(() => expect(ready('zz')[1]).toBe('TooManyPolicies'));
    expect(validating()).toEqual([]);
    controller.api.put(tokenPolicy(name(3), refuse));
    await controller.until(() => expect(validating()).toEqual([`token-injector-${name(3)}`]));
    // Also when the entry cannot be taken out just now.
    controller.api.refuse({
      status: 500,
      when: ({ kind, verb }) => verb === 'apply' && kind === 'MutatingWebhookConfiguration',
    });
    controller.api.remove(resources.tokenPolicies, name(3));
    await controller.until(() => expect(validating()).toEqual([]));
    // There is room for it now, but it is not in.
    await controller.rest();
    expect(validating()).toEqual([]);
  });

  it('says that a refusal is paused that is not as it should be', async () => {
    controller = startController([tokenPolicy('a', refuse)]);
    await controller.until(() => expect(ready('a')[0]).toBe('True'));
    const resource = resources.validatingAdmissionPolicyBindings;
    const { metadata, spec, ...rest } = controller.api.stored(resource, 'token-injector-a')!;
    const annotations = { 'token-injector.dev/paused': 'true' };
    const paused = { ...rest, metadata: { ...metadata, annotations } };
    controller.api.put({ ...paused, spec: { ...(spec as object), validationActions: ['Audit'] } });
    await controller.until(() => expect(ready('a')[1]).toBe('Paused'));
    controller.api.put({ ...paused, spec });
    await controller.until(() => expect(ready('a')[0]).toBe('True'));
  });

  it('is not disturbed by a policy of a reserved name that got past the definition', async () => {
    controller = startController([tokenPolicy('a'), tokenPolicy('probe')]);
    await controller.until(() => expect(ready('a')[0]).toBe('True'));
    expect(ready('probe')[1]).toBe('Invalid');
    expect(entries()).toEqual(['a.token-injector.dev', 'probe.token-injector.dev']);
  });

  it('keeps the entry of a policy that no longer parses, and says every problem', async () => {
    controller = startController([tokenPolicy('a', refuse), tokenPolicy('b')]);
    await controller.until(() => expect(validating()).toHaveLength(1));
    const before = controller.configuration().webhooks;
    controller.api.put(
      tokenPolicy('a', {
        secret: { name: 'Bad_Name' },
        inject: { env: [{ name: 'PATH', key: 'k' }] },
      }),
    );
    await controller.until(() => expect(ready('a').slice(0, 2)).toEqual(['False', 'Invalid']));
    expect(ready('a')[2]).toContain('spec.secret.name: must be a Secret name');
    expect(ready('a')[2]).toContain(
      'spec.inject.env[0].name: must not be a variable that loads code',
    );
    await controller.rest();
    expect(controller.configuration().webhooks).toEqual(before);
    expect(validating()).toEqual(['token-injector-a']);
    expect(ready('b')[0]).toBe('True');
    // It was never registered: there is nothing to keep.
    controller.api.put(broken('new'));
    await controller.until(() => expect(ready('new')[1]).toBe('Invalid'));
    expect(entries()).not.toContain('new.token-injector.dev');
  });

  it('has room for 300 policies; those that are there stay, and the others say so', async () => {
    const name = (index: number) => `agent-${String(index).padStart(3, '0')}`;
    controller = startController(
      Array.from({ length: 300 }, (_, index) => tokenPolicy(name(index + 1))),
    );
    await controller.until(() => expect(entries()).toHaveLength(301));
    controller.api.put(tokenPolicy(name(0)));
    await controller.until(() => expect(ready(name(0))[1]).toBe('TooManyPolicies'));
    expect(entries()).not.toContain(`${name(0)}.token-injector.dev`);
    expect(entries()).toHaveLength(301);
    controller.api.remove(resources.tokenPolicies, name(7));
    await controller.until(() => expect(ready(name(0))[0]).toBe('True'));
  });

  it('is not written while its owner is missing, and follows the owner that comes back', async () => {
    controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(entries()).toHaveLength(2));
    controller.api.remove(resources.clusterRoles, 'token-injector');
    controller.api.remove(resources.mutatingWebhookConfigurations, 'token-injector');
    await controller.pass(60_000);
    expect(controller.configuration()).toBeUndefined();
    const { metadata } = controller.api.put(clusterRole('token-injector'));
    await controller.until(() =>
      expect(controller.configuration().metadata.ownerReferences![0]!.uid).toBe(metadata.uid),
    );
  });

  it('is tried again after refusals without spinning, and says why it is not in force', async () => {
    controller = startController([tokenPolicy('a')]);
    const mended = controller.api.refuse({
      status: 403,
      reason: 'Forbidden',
      message: 'no right to apply',
      when: ({ kind, verb }) => kind === 'MutatingWebhookConfiguration' && verb === 'apply',
    });
    await controller.until(() =>
      expect(ready('a').slice(1)).toEqual(['NotRegistered', 'no right to apply']),
    );
    controller.api.requests.length = 0;
    await controller.pass(60 * 60_000);
    const applies = controller.api.requests.filter(
      ({ kind, verb }) => kind === 'MutatingWebhookConfiguration' && verb === 'apply',
    );
    expect(applies.length).toBeLessThan(30);
    mended();
    await controller.until(() => expect(ready('a')[0]).toBe('True'));
  });

  it('asks next to nothing at rest', async () => {
    controller = startController([tokenPolicy('a', refuse), tokenPolicy('b')]);
    await controller.until(() => expect(ready('a')[0]).toBe('True'));
    await controller.rest();
    controller.api.requests.length = 0;
    await controller.pass(60 * 60_000);
    const { requests } = controller.api;
    // The probe, once a minute.
    expect(requests.filter(({ verb }) => verb === 'create').length).toBeLessThanOrEqual(61);
    // Every ten minutes whether everything is as it was.
    expect(requests.filter(({ verb }) => verb === 'get').length).toBeLessThanOrEqual(30);
    expect(requests.filter(({ verb }) => !['create', 'get'].includes(verb))).toEqual([]);
  });

  it('goes on after lost watches, conflicts, too many requests and an API server that is away', async () => {
    controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(ready('a')[0]).toBe('True'));
    const { api } = controller;
    api.cutWatches();
    api.put(tokenPolicy('b'));
    await controller.until(() => expect(ready('b')[0]).toBe('True'));
    api.expireVersions();
    api.cutWatches(new KubeError(0, 'ECONNRESET', 'connection reset'));
    api.put(tokenPolicy('c'));
    await controller.until(() => expect(ready('c')[0]).toBe('True'));
    const isWrite = ({ verb }: { verb: string }) => verb === 'apply';
    api.refuse({ status: 409, reason: 'Conflict', times: 2, when: isWrite });
    api.refuse({ status: 429, reason: 'TooManyRequests', times: 2, when: isWrite });
    api.put(tokenPolicy('d'));
    await controller.until(() => expect(ready('d')[0]).toBe('True'));
    const back = api.refuse({ status: 0 });
    api.cutWatches(new KubeError(0, 'ECONNREFUSED', 'connection refused'));
    api.put(tokenPolicy('e'));
    api.requests.length = 0;
    await controller.pass(10 * 60_000);
    // Some dozen lists that each try again about every half minute at last.
    expect(api.requests.length).toBeLessThan(600);
    back();
    await controller.until(() => expect(ready('e')[0]).toBe('True'));
  });

  it('writes nothing once its time is over', async () => {
    const api = fakeApi([clusterRole('token-injector'), tokenPolicy('a')]);
    controller = startController([], { api });
    await controller.stop();
    const before = api.requests.length;
    await controller.pass(60_000);
    expect(api.requests.slice(before)).toEqual([]);
    const over = new AbortController();
    const guarded = untilAborted(api, over.signal);
    over.abort();
    await expect(guarded.apply(resources.tokenPolicies, tokenPolicy('b'))).rejects.toThrow(
      'aborted',
    );
    await expect(guarded.delete(resources.tokenPolicies, 'a')).rejects.toThrow('aborted');
    expect(api.requests.slice(before)).toEqual([]);
    // Reading harms nobody.
    expect(await guarded.get(resources.tokenPolicies, 'a')).toBeDefined();
  });
});

describe('the CustomResourceDefinition', () => {
  const definition = () => api.stored(resources.customResourceDefinitions, ours.metadata.name)!;
  const ours = tokenPolicyDefinition();
  const withRevision = (revision: string) => ({
    ...ours,
    metadata: { ...ours.metadata, annotations: { 'token-injector.dev/schema-revision': revision } },
  });
  let api: FakeApi;

  it.each([
    ['missing', []],
    ['of an older version', [withRevision('0')]],
  ])('is brought forward where it is %s', async (_, objects) => {
    api = fakeApi([clusterRole('token-injector'), ...objects]);
    controller = startController([], { api });
    await controller.until(() => expect(definition().metadata).toMatchObject(ours.metadata));
  });

  it('stays where it is of a newer version', async () => {
    api = fakeApi([clusterRole('token-injector'), withRevision('999')]);
    controller = startController([], { api });
    await controller.rest();
    expect(definition().metadata.annotations).toEqual({
      'token-injector.dev/schema-revision': '999',
    });
  });
});
