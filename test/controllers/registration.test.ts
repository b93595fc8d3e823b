import { describe, expect, it } from 'vitest';
import { tokenPolicyDefinition } from '../../src/core/registration/custom-resource-definition.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { type FakeApi, fakeApi } from '../kube/fake-api.ts';
import {
  type RunningController,
  refuse,
  clusterRole,
  startController,
  tokenPolicy,
} from './controller-under-test.ts';

const broken = (name: string) =>
  tokenPolicy(name, { inject: { env: [{ name: 'LD_PRELOAD', key: 'k' }] } });

describe('the registration', () => {
  it('has an entry for each policy in the order of their names, the probe last, owned by the ClusterRole', async () => {
    const controller = startController([tokenPolicy('b'), tokenPolicy('a')]);
    await controller.until(() =>
      expect(controller.entries()).toEqual([
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
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
  });

  it('follows policies that come, change and go', async () => {
    const controller = startController([tokenPolicy('a')], { missingTokenPolicies: ['c'] });
    await controller.until(() => expect(controller.entries()).toHaveLength(2));
    controller.api.put(tokenPolicy('c', refuse));
    await controller.until(() => {
      expect(controller.entries()).toContain('c.token-injector.dev');
      expect(controller.validating()).toEqual(['token-injector-c']);
      expect(controller.api.all(resources.validatingAdmissionPolicyBindings)).toHaveLength(1);
    });
    controller.api.put(tokenPolicy('c'));
    await controller.until(() => expect(controller.validating()).toEqual([]));
    controller.api.remove(resources.tokenPolicies, 'c');
    await controller.until(() =>
      expect(controller.entries()).not.toContain('c.token-injector.dev'),
    );
  });

  it('leaves out the excluded namespaces, and the status of each policy names them', async () => {
    const controller = startController([tokenPolicy('a', refuse)], {
      excludedNamespaces: ['legacy'],
    });
    await controller.until(() => expect(controller.validating()).toEqual(['token-injector-a']));
    const [denying] = controller.api.all(resources.validatingAdmissionPolicies);
    for (const object of [controller.configuration(), denying])
      expect(JSON.stringify(object)).toContain('["token-injector","legacy",');
    await controller.until(() =>
      expect(controller.policy('a').status).toMatchObject({ excludedNamespaces: ['legacy'] }),
    );
  });

  it('has the annotations that it is given, no longer has those of before, and leaves those of others', async () => {
    const annotationsOf = (controller: RunningController) =>
      controller.configuration().metadata.annotations;
    const first = startController([tokenPolicy('a')], {
      configurationAnnotations: { 'admissions.enforcer/disabled': 'true', old: '1' },
    });
    await first.until(() =>
      expect(annotationsOf(first)).toEqual({ 'admissions.enforcer/disabled': 'true', old: '1' }),
    );
    await first.stop();
    const { metadata, ...rest } = first.configuration();
    const annotations = { ...metadata.annotations, others: 'own' };
    first.api.put({ ...rest, metadata: { ...metadata, annotations } });
    const second = startController([], {
      api: first.api,
      configurationAnnotations: { 'admissions.enforcer/disabled': 'true' },
    });
    await second.until(() =>
      expect(annotationsOf(second)).toEqual({
        'admissions.enforcer/disabled': 'true',
        others: 'own',
      }),
    );
    await second.until(() => expect(second.ready('a')[0]).toBe('True'));
    const applies = () => second.api.requests.filter(({ verb }) => verb === 'apply').length;
    const before = applies();
    await second.rest();
    expect(applies()).toBe(before);
  });

  it('counts the policies, also when the last one goes', async () => {
    const controller = startController([tokenPolicy('a'), broken('b')]);
    await controller.until(() => expect(controller.reported.policies).toBe('1 of 2'));
    controller.api.remove(resources.tokenPolicies, 'b');
    await controller.until(() => expect(controller.reported.policies).toBe('1 of 1'));
    await controller.rest();
    controller.api.remove(resources.tokenPolicies, 'a');
    await controller.until(() => expect(controller.reported.policies).toBe('0 of 0'));
  });

  it('refuses no pod for a policy that has no entry, or no longer', async () => {
    const name = (index: number) => `agent-${String(index).padStart(3, '0')}`;
    const controller = startController(
      Array.from({ length: 300 }, (_, index) => tokenPolicy(name(index))),
    );
    await controller.until(() => expect(controller.entries()).toHaveLength(301));
    controller.api.put(tokenPolicy('zz', refuse));
    await controller.until(() => expect(controller.ready('zz')[1]).toBe('TooManyPolicies'));
    expect(controller.validating()).toEqual([]);
    controller.api.put(tokenPolicy(name(3), refuse));
    await controller.until(() =>
      expect(controller.validating()).toEqual([`token-injector-${name(3)}`]),
    );
    // Also when the entry cannot be taken out just now.
    controller.api.refuse({
      status: 500,
      when: ({ kind, verb }) => verb === 'apply' && kind === 'MutatingWebhookConfiguration',
    });
    controller.api.remove(resources.tokenPolicies, name(3));
    await controller.until(() => expect(controller.validating()).toEqual([]));
    // There is room for it now, but it is not in.
    await controller.rest();
    expect(controller.validating()).toEqual([]);
  });

  it('is not disturbed by a policy of a reserved name that got past the definition', async () => {
    const controller = startController([tokenPolicy('a'), tokenPolicy('probe')]);
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
    expect(controller.ready('probe')[1]).toBe('Invalid');
    expect(controller.entries()).toEqual(['a.token-injector.dev', 'probe.token-injector.dev']);
  });

  it('keeps the entry of a policy that no longer parses, and says every problem', async () => {
    const controller = startController([tokenPolicy('a', refuse), tokenPolicy('b')]);
    await controller.until(() => expect(controller.validating()).toHaveLength(1));
    const before = controller.configuration().webhooks;
    controller.api.put(
      tokenPolicy('a', {
        secret: { name: 'Bad_Name' },
        inject: { env: [{ name: 'PATH', key: 'k' }] },
      }),
    );
    await controller.until(() =>
      expect(controller.ready('a').slice(0, 2)).toEqual(['False', 'Invalid']),
    );
    expect(controller.ready('a')[2]).toContain('spec.secret.name: must be a Secret name');
    expect(controller.ready('a')[2]).toContain(
      'spec.inject.env[0].name: must not be a variable that loads code',
    );
    await controller.rest();
    expect(controller.configuration().webhooks).toEqual(before);
    expect(controller.validating()).toEqual(['token-injector-a']);
    expect(controller.ready('b')[0]).toBe('True');
    // It was never registered: there is nothing to keep.
    controller.api.put(broken('new'));
    await controller.until(() => expect(controller.ready('new')[1]).toBe('Invalid'));
    expect(controller.entries()).not.toContain('new.token-injector.dev');
  });

  it('has room for 300 policies; those that are there stay, and the others say so', async () => {
    const name = (index: number) => `agent-${String(index).padStart(3, '0')}`;
    const controller = startController(
      Array.from({ length: 300 }, (_, index) => tokenPolicy(name(index + 1))),
    );
    await controller.until(() => expect(controller.entries()).toHaveLength(301));
    controller.api.put(tokenPolicy(name(0)));
    await controller.until(() => expect(controller.ready(name(0))[1]).toBe('TooManyPolicies'));
    expect(controller.entries()).not.toContain(`${name(0)}.token-injector.dev`);
    expect(controller.entries()).toHaveLength(301);
    controller.api.remove(resources.tokenPolicies, name(7));
    await controller.until(() => expect(controller.ready(name(0))[0]).toBe('True'));
  });

  it('is not written while its owner is missing, and follows the owner that comes back', async () => {
    const controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(controller.entries()).toHaveLength(2));
    controller.api.remove(resources.clusterRoles, 'token-injector');
    controller.api.remove(resources.mutatingWebhookConfigurations, 'token-injector');
    await controller.pass(60_000);
    expect(controller.configuration()).toBeUndefined();
    const { metadata } = controller.api.put(clusterRole('token-injector'));
    await controller.until(() =>
      expect(controller.configuration().metadata.ownerReferences![0]!.uid).toBe(metadata.uid),
    );
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
    const controller = startController([], { api });
    await controller.until(() => expect(definition().metadata).toMatchObject(ours.metadata));
  });

  it('comes back when it is deleted, but not while an owner is missing, as during an uninstall', async () => {
    api = fakeApi([clusterRole('token-injector'), ours]);
    const controller = startController([], { api });
    await controller.rest();
    const deleteIt = () => {
      const repair = api.refuse({
        status: 404,
        reason: 'NotFound',
        when: ({ kind, verb }) => kind === 'TokenPolicy' && verb !== 'apply',
      });
      api.remove(resources.customResourceDefinitions, ours.metadata.name);
      api.cutWatches();
      return repair;
    };
    let repair = deleteIt();
    await controller.pass(5_000);
    expect(definition().metadata).toMatchObject(ours.metadata);
    // Again before its policies can be read.
    api.remove(resources.customResourceDefinitions, ours.metadata.name);
    await controller.pass(90_000);
    expect(definition().metadata).toMatchObject(ours.metadata);
    repair();
    await controller.rest();
    api.remove(resources.clusterRoles, 'token-injector');
    repair = deleteIt();
    await controller.pass(30 * 60_000);
    expect(definition()).toBeUndefined();
    api.put(clusterRole('token-injector'));
    await controller.pass(5_000);
    expect(definition().metadata).toMatchObject(ours.metadata);
    repair();
  });

  it('stays where it is of a newer version', async () => {
    api = fakeApi([clusterRole('token-injector'), withRevision('999')]);
    const controller = startController([], { api });
    await controller.rest();
    expect(definition().metadata.annotations).toEqual({
      'token-injector.dev/schema-revision': '999',
    });
  });
});
