import { describe, expect, it } from 'vitest';

import { KubeError } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { testApiContract } from './api-contract.ts';
import { fakeApi } from './fake-api.ts';
import { startWatch } from './read-watch.ts';

const { configMaps, secrets, tokenPolicies } = resources;

describe('the fake API', () => {
  testApiContract(async () => {
    const api = fakeApi();
    return {
      api,
      namespace: 'ours',
      suffix: 'fake',
      custom: tokenPolicies,
      putAsOther: async (object) => api.put(object),
      tooOld: async () => {
        api.expireVersions();
        return { resource: configMaps, version: '1' };
      },
      hurryBookmark: () => api.sendBookmarks(),
    };
  });
});

const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'ours' },
});

it('makes no write whose signal is aborted', async () => {
  const api = fakeApi([configMap('kept')]);
  const before = api.stored(configMaps, 'kept', 'ours')!;
  const signal = AbortSignal.abort();
  for (const outcome of await Promise.allSettled([
    api.create(configMaps, configMap('ended'), { signal }),
    api.apply(configMaps, configMap('ended'), { signal }),
    api.replace(configMaps, { ...before, data: { a: '2' } }, { signal }),
    api.delete(configMaps, 'kept', 'ours', { signal }),
  ]))
    expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
  expect(api.all(configMaps)).toEqual([before]);
  expect(api.requests).toEqual([]);
});

it('holds the given objects and records the requests', async () => {
  const policy = {
    apiVersion: 'token-injector.dev/v1alpha1',
    kind: 'TokenPolicy',
    metadata: { name: 'one' },
    spec: {},
    status: { observedGeneration: 1 },
  };
  const api = fakeApi([policy, configMap('a')]);
  expect(api.all(tokenPolicies)).toMatchObject([{ ...policy, metadata: { generation: 1 } }]);
  expect(api.stored(configMaps, 'a', 'ours')).toMatchObject(configMap('a'));
  expect(api.requests).toEqual([]);
  await api.list(secrets, { namespace: 'ours' });
  await api.apply(tokenPolicies, policy, { subresource: 'status' });
  await api.create(configMaps, configMap('b'), { dryRun: true });
  expect(api.requests).toEqual([
    { verb: 'list', kind: 'Secret', namespace: 'ours' },
    { verb: 'apply', kind: 'TokenPolicy', name: 'one', subresource: 'status' },
    { verb: 'create', kind: 'ConfigMap', name: 'b', namespace: 'ours', dryRun: true },
  ]);
});

it('refuses the given requests as often as asked', async () => {
  const api = fakeApi([configMap('a')]);
  const restore = api.refuse({
    status: 403,
    reason: 'Forbidden',
    when: ({ verb }) => verb === 'list',
  });
  api.refuse({ status: 500, times: 1, when: ({ verb }) => verb === 'get' });
  await expect(api.list(configMaps)).rejects.toMatchObject({ status: 403, reason: 'Forbidden' });
  await expect(api.get(configMaps, 'a', 'ours')).rejects.toThrow(KubeError);
  expect(await api.get(configMaps, 'a', 'ours')).toBeDefined();
  restore();
  expect((await api.list(configMaps)).items).toHaveLength(1);
});

it('runs a hook as admission', async () => {
  const api = fakeApi();
  api.admitWith((object, { dryRun }) => ({ ...object, data: { dry: String(dryRun === true) } }));
  const answer = await api.create(configMaps, configMap('a'), { dryRun: true });
  expect(answer['data']).toEqual({ dry: 'true' });
  expect(api.stored(configMaps, 'a', 'ours')).toBeUndefined();
});

it('cuts watches', async () => {
  const api = fakeApi();
  const watch = startWatch(api, configMaps, {}, '1');
  await watch.next();
  api.cutWatches(new KubeError(0, 'ECONNRESET', 'cut'));
  await expect(watch.next()).rejects.toThrow('cut');
});
