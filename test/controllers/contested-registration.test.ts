import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/client/api.ts';
import { type Resource, resources } from '../../src/kube/client/resources.ts';
import { refuse, startController, tokenPolicy } from './controller-under-test.ts';

const ownedBy = (name: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  name,
  uid: `uid-of-${name}`,
});

describe('a registration that others change', () => {
  it('restores what was edited or deleted by hand', async () => {
    const controller = startController([tokenPolicy('a', refuse)]);
    await controller.until(() => expect(controller.validating()).toHaveLength(1));
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

  it('takes out an entry of somebody else with which the guard refuses an apply', async () => {
    const controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(controller.entries()).toHaveLength(2));
    const { webhooks } = controller.configuration();
    controller.api.refuse({
      status: 422,
      when: ({ verb, kind }) => verb === 'apply' && kind === 'MutatingWebhookConfiguration',
    });
    const added = { ...webhooks[0]!, name: 'stranger.example.com' };
    controller.api.put({ ...controller.configuration(), webhooks: [...webhooks, added] });
    await controller.until(() => expect(controller.configuration().webhooks).toEqual(webhooks));
    expect(controller.problems).toEqual([]);
  });

  it('does not change what is paused, and fixes it afterwards', async () => {
    const controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(controller.entries()).toHaveLength(2));
    const { metadata, ...rest } = controller.configuration();
    const paused = { ...metadata, annotations: { 'token-injector.dev/paused': 'true' } };
    controller.api.put({ ...rest, metadata: paused, webhooks: [] });
    await controller.rest();
    expect(controller.entries()).toEqual([]);
    expect(controller.ready('a').slice(0, 2)).toEqual(['False', 'Paused']);
    controller.api.put({ ...rest, metadata, webhooks: [] });
    await controller.until(() => {
      expect(controller.entries()).toHaveLength(2);
      expect(controller.ready('a')[0]).toBe('True');
    });
  });

  it('takes out additions once, and does not fight whoever insists', async () => {
    const controller = startController([tokenPolicy('a', refuse)]);
    await controller.until(() => expect(controller.validating()).toHaveLength(1));
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
    await controller.until(() => expect(controller.entries()).toHaveLength(3));
    await controller.rest();
    controller.api.requests.length = 0;
    await controller.rest();
    expect(controller.api.requests.filter(({ verb }) => verb === 'apply')).toEqual([]);
    expect(JSON.stringify(controller.configuration().webhooks)).toContain('control-plane');
    // Of what it leaves out nobody asks us: to refuse that would be for ever.
    const [entry] = controller.configuration().webhooks;
    const refused = () =>
      controller.api.stored(resources.validatingAdmissionPolicies, 'token-injector-a')!['spec'];
    expect(refused()).toMatchObject({
      matchConstraints: {
        namespaceSelector: entry!.namespaceSelector,
        objectSelector: entry!.objectSelector,
      },
    });
    for (const name of ['a', 'b']) {
      expect(controller.ready(name).slice(0, 2)).toEqual(['True', 'SelectorsNarrowed']);
      expect(controller.ready(name)[2]).toContain('namespaceSelector: !control-plane.');
    }
    expect(controller.reported.selectorsNarrowed).toEqual(['a', 'b']);
    // And once it insists no more, the pods are ours again.
    controller.api.admitWith((object) => object);
    controller.api.put(tokenPolicy('c'));
    await controller.until(() => expect(controller.ready('a')[1]).toBe('Registered'));
    expect(JSON.stringify(refused())).not.toContain('control-plane');
    expect(controller.reported.selectorsNarrowed).toEqual([]);
  });

  it('takes over what was registered by hand, and whatever is added to it goes', async () => {
    const { apiVersion, kind } = resources.mutatingWebhookConfigurations;
    const labels = { 'app.kubernetes.io/name': 'token-injector' };
    const controller = startController([
      tokenPolicy('a', refuse),
      {
        apiVersion,
        kind,
        metadata: { name: 'token-injector', labels },
        webhooks: [{ name: 'other.example.com' }, { name: 'old.token-injector.dev' }],
      },
    ]);
    const wanted = ['a.token-injector.dev', 'probe.token-injector.dev'];
    await controller.until(() => expect(controller.entries()).toEqual(wanted));
    await controller.until(() => expect(controller.validating()).toHaveLength(1));
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
    const controller = startController([tokenPolicy('a', refuse), ...objects]);
    await controller.until(() =>
      expect(controller.ready('a').slice(0, 2)).toEqual(['False', 'NotRegistered']),
    );
    expect(controller.ready('a')[2]).toContain(`belongs to ${owner}`);
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

  it('deletes only ValidatingAdmissionPolicies that it wrote, whatever their names and labels are, and says so', async () => {
    const kinds = [
      resources.validatingAdmissionPolicies,
      resources.validatingAdmissionPolicyBindings,
    ];
    const labels = { 'app.kubernetes.io/name': 'token-injector' };
    const validatingPolicy = (name: string, metadata: object = {}) =>
      kinds.map(({ apiVersion, kind }): KubeObject => ({
        apiVersion,
        kind,
        metadata: { name: `token-injector-${name}`, labels, ...metadata },
        spec: {},
      }));
    const missingTokenPolicies = ['guardrail', 'labelled', 'earlier-owner', 'no-owner-left'];
    const objects = [
      ...validatingPolicy('guardrail'),
      ...validatingPolicy('labelled', {
        labels: { ...labels, 'app.kubernetes.io/managed-by': 'token-injector' },
      }),
      // As before the owner was made anew.
      ...validatingPolicy('earlier-owner', { ownerReferences: [ownedBy('token-injector')] }),
      ...validatingPolicy('no-owner-left', {
        managedFields: [{ manager: 'token-injector', operation: 'Apply' }],
      }),
    ];
    const controller = startController(objects, { missingTokenPolicies });
    await controller.until(() => expect(controller.deletions).toHaveLength(4));
    await controller.rest();
    for (const kind of kinds)
      expect(controller.api.all(kind).map(({ metadata }) => metadata.name)).toEqual([
        'token-injector-guardrail',
        'token-injector-labelled',
      ]);
    expect(controller.deletions.toSorted()).toEqual(
      kinds
        .toReversed()
        .flatMap(({ kind }) => [
          `${kind} token-injector-earlier-owner`,
          `${kind} token-injector-no-owner-left`,
        ])
        .toSorted(),
    );
  });

  it('leaves registration and statuses to the release that has them, until that is gone', async () => {
    const { apiVersion, kind } = resources.mutatingWebhookConfigurations;
    const metadata = { name: 'token-injector', ownerReferences: [ownedBy('other-release')] };
    const controller = startController([
      tokenPolicy('a', refuse),
      { apiVersion, kind, metadata, webhooks: [{ name: 'a.token-injector.dev' }] },
    ]);
    await controller.until(() =>
      expect(controller.problems).toContain('other release: other-release'),
    );
    await controller.rest();
    expect(controller.configuration().metadata.generation).toBe(1);
    expect(controller.policy('a').status).toBeUndefined();
    expect(controller.validating()).toEqual([]);
    controller.api.remove(resources.mutatingWebhookConfigurations, 'token-injector');
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
  });

  it('does not fight over a field, and says that somebody changes it', async () => {
    const controller = startController([tokenPolicy('a')]);
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
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
    expect(controller.ready('a')[2]).toContain('somebody else changes');
    const writes = api.requests.filter(({ verb }) => verb === 'apply');
    expect(writes.length).toBeLessThan(20);
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
    // Or at once, as it is written.
    api.admitWith((object) =>
      object.kind === 'MutatingWebhookConfiguration' ? spoil(object) : object,
    );
    api.put(tokenPolicy('b'));
    await controller.until(() =>
      expect(controller.ready('b')[2]).toContain('something else changes'),
    );
  });

  it('says that a ValidatingAdmissionPolicy is paused that is not as it should be', async () => {
    const controller = startController([tokenPolicy('a', refuse)]);
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
    const resource = resources.validatingAdmissionPolicyBindings;
    const { metadata, spec, ...rest } = controller.api.stored(resource, 'token-injector-a')!;
    const annotations = { 'token-injector.dev/paused': 'true' };
    const paused = { ...rest, metadata: { ...metadata, annotations } };
    controller.api.put({ ...paused, spec: { ...(spec as object), validationActions: ['Audit'] } });
    await controller.until(() => expect(controller.ready('a')[1]).toBe('Paused'));
    controller.api.put({ ...paused, spec });
    await controller.until(() => expect(controller.ready('a')[0]).toBe('True'));
  });
});
