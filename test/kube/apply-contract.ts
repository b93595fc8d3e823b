/* oxlint-disable vitest/no-conditional-tests, vitest/valid-title --
   this file makes tests for others, whose files the rules are about */
import { expect, it } from 'vitest';

import type { KubeObject } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { configMapIn, type ContractSubject, failure, labelled } from './contract-subject.ts';

const { configMaps, mutatingWebhookConfigurations } = resources;

/** Defines the tests of server-side apply that every KubeApi passes. */
export function testApplyContract(opened: () => ContractSubject): void {
  const configMap = (name: string, more?: Partial<KubeObject>) =>
    configMapIn(opened().namespace, name, more);

  it('apply owns its fields and leaves those of other managers', async () => {
    const { api, putAsOther } = opened();
    const applied = await api.apply(
      configMaps,
      configMap('applied', { data: { ours: '1', more: '1' }, ...labelled({ ours: 'x' }) }),
    );
    expect(applied).toMatchObject({ kind: 'ConfigMap', data: { ours: '1', more: '1' } });
    const theirs = { data: { ours: '1', more: '1', theirs: '2' } };
    await putAsOther({ ...applied, ...theirs, apiVersion: 'v1', kind: 'ConfigMap' });
    const again = await api.apply(configMaps, configMap('applied', { data: { ours: '3' } }));
    expect(again['data']).toEqual({ ours: '3', theirs: '2' });
    expect(again.metadata).not.toHaveProperty('labels');
  });

  it('apply as another field manager fails with 409 for fields of others, unless forced', async () => {
    const { api } = opened();
    const { metadata } = await api.apply(configMaps, configMap('shared', { data: { a: '1' } }));
    const applyAsAnother = (data: object, options: { force?: boolean; version?: string } = {}) => {
      const { force = false, version: resourceVersion } = options;
      const object = configMap('shared', { data });
      const at = { ...object.metadata, ...(resourceVersion && { resourceVersion }) };
      return api.apply(configMaps, { ...object, metadata: at }, { fieldManager: 'another', force });
    };
    const error = await failure(applyAsAnother({ a: '2' }));
    expect(error).toMatchObject({ status: 409, reason: 'Conflict' });
    const shared = await applyAsAnother({ a: '1', b: '1' });
    expect(ownedData(shared)).toEqual({
      'token-injector Apply': ['a'],
      'another Apply': ['a', 'b'],
    });
    expect(shared.metadata.resourceVersion).not.toBe(metadata.resourceVersion);
    const late = { version: metadata.resourceVersion! };
    expect(await failure(applyAsAnother({ a: '1' }, late))).toMatchObject({ status: 409 });
    // What another one still wants stays.
    const one = await applyAsAnother({ b: '1' });
    expect(one['data']).toEqual({ a: '1', b: '1' });
    const forced = await applyAsAnother({ a: '2', b: '1' }, { force: true });
    expect(forced['data']).toEqual({ a: '2', b: '1' });
    expect(ownedData(forced)).toEqual({ 'another Apply': ['a', 'b'] });
  });

  it('an update takes over the fields that it changes, and apply fails with 409 for them', async () => {
    const { api, namespace, putAsOther } = opened();
    const object = configMap('taken', { data: { a: '1', b: '1' } });
    const applied = await api.apply(configMaps, object);
    await putAsOther({ ...applied, data: { a: '2', b: '1', c: '1' } });
    const taken = (await api.get(configMaps, 'taken', namespace))!;
    expect(ownedData(taken)).toEqual({ 'token-injector Apply': ['b'], 'other Update': ['a', 'c'] });
    expect(await failure(api.apply(configMaps, object, { force: false }))).toMatchObject({
      status: 409,
    });
    const same = configMap('taken', { data: { a: '2', b: '1' } });
    expect(ownedData(await api.apply(configMaps, same, { force: false }))).toEqual({
      'token-injector Apply': ['a', 'b'],
      'other Update': ['a', 'c'],
    });
    expect((await api.apply(configMaps, object))['data']).toEqual({ a: '1', b: '1', c: '1' });
  });

  it('applying the same object again changes nothing', async () => {
    const { api } = opened();
    const object = configMap('idle', labelled({ ours: 'x' }));
    const { metadata } = await api.apply(configMaps, object);
    const again = await api.apply(configMaps, object);
    expect(again.metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  it('apply merges webhooks by name, and raises the generation only for a change', async () => {
    const { api, suffix, putAsOther } = opened();
    const name = `kube-contract-${suffix}`;
    const apply = (names: readonly string[], labels?: Record<string, string>) =>
      api.apply(mutatingWebhookConfigurations, {
        metadata: { name, ...(labels && { labels }) },
        webhooks: names.map(uncalledWebhook),
      });
    const webhookNames = ({ webhooks }: KubeObject) =>
      (webhooks as { name: string }[]).map((webhook) => webhook.name).toSorted();
    try {
      const first = await apply(['a.test.example', 'b.test.example']);
      expect(first.metadata.generation).toBe(1);
      const labelledOnly = await apply(['a.test.example', 'b.test.example'], { x: 'y' });
      expect(labelledOnly.metadata.generation).toBe(1);
      await putAsOther({
        ...labelledOnly,
        webhooks: [
          ...(labelledOnly['webhooks'] as object[]),
          { ...uncalledWebhook('theirs.test.example') },
        ],
      });
      const last = await apply(['b.test.example', 'c.test.example']);
      expect(webhookNames(last)).toEqual([
        'b.test.example',
        'c.test.example',
        'theirs.test.example',
      ]);
      expect(last.metadata.generation).toBe(3);
    } finally {
      await api.delete(mutatingWebhookConfigurations, name);
    }
  });

  it('applying the status changes only the status, and no other apply does', async () => {
    const { api, custom, suffix } = opened();
    const name = `kube-contract-${suffix}`;
    const object = (text: string) => ({ metadata: { name }, spec: { text } });
    const condition = (type: string, status: string) => ({
      type,
      status,
      reason: 'Tested',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    const status = (...conditions: object[]) =>
      api.apply(custom, { ...object('b'), status: { conditions } }, { subresource: 'status' });
    // A status brings nothing back that was deleted.
    expect(await failure(status())).toMatchObject({ status: 404 });
    expect(await api.get(custom, name)).toBeUndefined();
    try {
      const { metadata } = await api.apply(custom, object('a'));
      await status(condition('A', 'True'), condition('B', 'True'));
      const after = await status(condition('B', 'False'));
      const present = { status: { conditions: [{ type: 'B', status: 'False' }] } };
      expect(after).toMatchObject({ spec: { text: 'a' }, ...present });
      expect(after.metadata.generation).toBe(metadata.generation);
      const again = await api.apply(custom, object('a'));
      expect(again).toMatchObject(present);
      expect(again.metadata.resourceVersion).toBe(after.metadata.resourceVersion);
      const changed = await api.apply(custom, { ...object('c'), status: { conditions: [] } });
      expect(changed).toMatchObject({ spec: { text: 'c' }, ...present });
      expect(changed.metadata.generation).toBe(2);
    } finally {
      await api.delete(custom, name);
    }
  });
}

/** The keys of `data` that each writer owns. */
function ownedData({ metadata }: KubeObject): Record<string, readonly string[]> {
  const writers = (metadata.managedFields ?? []).map(({ manager, operation, fieldsV1 }) => [
    `${manager} ${operation}`,
    Object.keys(fieldsV1?.['f:data'] ?? {})
      .filter((field) => field.startsWith('f:'))
      .map((field) => field.slice(2)),
  ]);
  return Object.fromEntries(writers) as Record<string, readonly string[]>;
}

/** A webhook that no request goes to. */
function uncalledWebhook(name: string): object {
  return {
    name,
    clientConfig: { url: 'https://127.0.0.1:1/' },
    rules: [
      { apiGroups: ['none.test'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['x'] },
    ],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    failurePolicy: 'Ignore',
  };
}
