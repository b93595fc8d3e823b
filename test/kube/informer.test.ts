import { expect, it } from 'vitest';

import { KubeError, type KubeObject } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { fakeApi } from './fake-api.ts';
import { settle } from './simulated-clock.ts';
import { watched } from './informed.ts';

const { configMaps, secrets } = resources;

const configMap = (name: string, data = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'ours' },
  data,
});

it('follows additions, changes and deletions', async () => {
  const api = fakeApi([configMap('a')]);
  const { list, names, changes } = watched(api);
  expect([list.synced, list.connected, names()]).toEqual([false, false, []]);
  await list.whenSynced;
  expect([list.synced, names(), changes()]).toEqual([true, ['a'], 1]);
  await settle();
  expect(list.connected).toBe(true);
  api.put(configMap('b'));
  api.put(configMap('a', { new: 'x' }));
  await settle();
  expect([names(), changes()]).toEqual([['a', 'b'], 3]);
  expect(list.get('a', 'ours')).toMatchObject({ data: { new: 'x' } });
  expect(list.get('a')).toBeUndefined();
  api.remove(configMaps, 'a', 'ours');
  await settle();
  expect([names(), changes()]).toEqual([['b'], 4]);
  list.stop();
  api.put(configMap('c'));
  await settle();
  expect([list.connected, names(), changes()]).toEqual([false, ['b'], 4]);
});

it('reports an empty list', async () => {
  const { list, changes } = watched(fakeApi());
  await list.whenSynced;
  expect(changes()).toBe(1);
});

it('caches only the part of an object that it is given to select', async () => {
  const api = fakeApi([configMap('a', { large: 'x' })]);
  const { list } = watched(api, { project: ({ metadata }) => ({ metadata }) });
  await list.whenSynced;
  expect(list.get('a', 'ours')).not.toHaveProperty('data');
  await settle();
  api.put(configMap('b', { large: 'x' }));
  await settle();
  expect(list.get('b', 'ours')).not.toHaveProperty('data');
});

it('at rest makes two requests, and one for each watch that the server ends', async () => {
  const api = fakeApi([configMap('a')]);
  const { list, clock } = watched(api);
  await list.whenSynced;
  await clock.advance(3_600_000);
  expect(api.requests.map(({ verb }) => verb)).toEqual(['list', 'watch']);
  expect(clock.pending()).toEqual([]);
  for (let end = 0; end < 3; end += 1) {
    api.sendBookmarks();
    await settle();
    api.cutWatches();
    await clock.advance(600_000);
  }
  const verbs = ['list', 'watch', 'watch', 'watch', 'watch'];
  expect(api.requests.map(({ verb }) => verb)).toEqual(verbs);
});

it('backs off before it restarts a watch that ended at once', async () => {
  const api = fakeApi();
  const { list, clock, problems } = watched({
    ...api,
    watch: async function* (resource, selection, version, signal) {
      for await (const one of api.watch(resource, selection, version, signal)) {
        yield one;
        return;
      }
    },
  });
  await list.whenSynced;
  await clock.advance(60_000);
  expect(api.requests.length).toBeLessThan(20);
  expect(problems).toEqual([]);
});

it('lists again after 410, and notices what was deleted', async () => {
  const api = fakeApi([configMap('a'), configMap('b')]);
  const { list, names, clock, changes, problems } = watched(api);
  await list.whenSynced;
  await settle();
  const restore = api.refuse({ status: 0, when: ({ verb }) => verb === 'watch' });
  api.cutWatches();
  await settle();
  api.remove(configMaps, 'a', 'ours');
  api.put(configMap('c'));
  api.expireVersions();
  restore();
  await clock.advance(2000);
  expect([names(), changes()]).toEqual([['b', 'c'], 2]);
  expect(api.requests.map(({ verb }) => verb)).toEqual(['list', 'watch', 'watch', 'list', 'watch']);
  expect(problems).toEqual([]);
});

it('reports no change for a list that brings nothing new', async () => {
  const api = fakeApi([configMap('a')]);
  const { list, clock, changes } = watched(api);
  await list.whenSynced;
  await settle();
  api.expireVersions();
  api.cutWatches();
  await clock.advance(5000);
  expect(api.requests.filter(({ verb }) => verb === 'list')).toHaveLength(2);
  expect([list.connected, changes()]).toEqual([true, 1]);
});

it('keeps its cache while the server is unavailable, backs off, and reports that once', async () => {
  const api = fakeApi([configMap('a')]);
  const { list, names, clock, problems } = watched(api);
  await list.whenSynced;
  await settle();
  const restore = api.refuse({ status: 0 });
  api.cutWatches(new KubeError(0, 'ECONNRESET', 'cut'));
  await settle();
  expect([list.synced, list.connected, names()]).toEqual([true, false, ['a']]);
  const waits: number[] = [];
  for (let count = 0; count < 7; count += 1) {
    waits.push(...clock.pending());
    await clock.advance(clock.pending()[0] ?? 0);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  expect(problems).toEqual(['cut', expect.stringContaining('ECONNREFUSED')]);
  restore();
  await clock.advance(30_000);
  expect(list.connected).toBe(true);
  expect(problems.slice(2)).toEqual(['well']);
});

it('resets the back-off after progress', async () => {
  const api = fakeApi();
  api.refuse({ status: 500, times: 4 });
  const { list, clock } = watched(api);
  await clock.advance(60_000);
  expect(list.connected).toBe(true);
  api.put(configMap('a'));
  await settle();
  api.cutWatches(new KubeError(0, 'ECONNRESET', 'cut'));
  await settle();
  expect(clock.pending()).toEqual([1000]);
});

it('resumes at its last resourceVersion after a long outage', async () => {
  const api = fakeApi([configMap('a')]);
  const { list, names, clock } = watched(api);
  await list.whenSynced;
  await settle();
  const restore = api.refuse({ status: 503 });
  api.cutWatches();
  await clock.advance(300_000);
  api.put(configMap('b'));
  restore();
  await clock.advance(30_000);
  expect(names()).toEqual(['a', 'b']);
  expect(api.requests.filter(({ verb }) => verb === 'list')).toHaveLength(1);
});

it('lists again when the server keeps refusing the watch', async () => {
  const api = fakeApi([configMap('a')]);
  const { list, clock } = watched(api);
  await list.whenSynced;
  await settle();
  api.refuse({ status: 404, times: 3, when: ({ verb }) => verb === 'watch' });
  api.cutWatches();
  await clock.advance(60_000);
  expect(api.requests.map(({ verb }) => verb).slice(1)).toEqual([
    'watch',
    'watch',
    'watch',
    'watch',
    'list',
    'watch',
  ]);
  expect(list.connected).toBe(true);
});

it('does not report a failure that comes after it was stopped', async () => {
  const answer = Promise.withResolvers<never>();
  const { list, problems } = watched({ ...fakeApi(), list: () => answer.promise });
  list.stop();
  answer.reject(new KubeError(0, 'ECONNRESET', 'too late'));
  await settle();
  expect(problems).toEqual([]);
});

it('adds jitter to the back-off', async () => {
  const api = fakeApi();
  api.refuse({ status: 500 });
  const { clock } = watched(api, { random: () => 0 });
  await settle();
  expect(clock.pending()).toEqual([500]);
});

it('retries slowly while it stays forbidden', async () => {
  const api = fakeApi();
  const restore = api.refuse({ status: 403, reason: 'Forbidden' });
  const { list, clock, problems } = watched(api, { resource: secrets, random: () => 0.5 });
  await clock.advance(600_000);
  // Soon at first: an API server that starts forbids everything for a moment.
  expect(api.requests).toHaveLength(15);
  expect(problems).toEqual([expect.stringContaining('403 Forbidden')]);
  restore();
  await clock.advance(60_000);
  expect([list.synced, problems[1]]).toEqual([true, 'well']);
});

it.each(['watch', 'list'])(
  'says that it may not read any more when the right to %s is withdrawn, and when it is back',
  async (verb) => {
    const api = fakeApi([configMap('a')]);
    const seen: boolean[] = [];
    const { list, names, clock, problems } = watched(api, {
      onChange: () => seen.push(list.permitted),
    });
    expect(list.permitted).toBe(false);
    await list.whenSynced;
    await settle();
    expect(seen).toEqual([true]);
    const restore = api.refuse({
      status: 403,
      reason: 'Forbidden',
      when: (request) => verb === 'watch' || request.verb === 'list',
    });
    if (verb === 'list') api.expireVersions();
    api.cutWatches();
    // For a moment an API server that starts refuses everything, and nobody is to be told.
    await clock.advance(10_000);
    expect(list.permitted).toBe(true);
    await clock.advance(60_000);
    expect([list.permitted, list.synced, list.connected]).toEqual([false, true, false]);
    expect([names(), seen, problems]).toEqual([
      ['a'],
      [true, false],
      [expect.stringContaining('403 Forbidden')],
    ]);
    await clock.advance(600_000);
    expect(seen).toEqual([true, false]);
    restore();
    // Nothing else has changed.
    await clock.advance(75_000);
    expect([seen, problems[1]]).toEqual([[true, false, true], 'well']);
  },
);

it('does not take one or two 403 after an outage for a withdrawn permission', async () => {
  const api = fakeApi([configMap('a')]);
  const { list, clock, changes } = watched(api);
  await list.whenSynced;
  await settle();
  const restore = api.refuse({ status: 0 });
  api.cutWatches();
  await clock.advance(600_000);
  api.refuse({ status: 403, reason: 'Forbidden', times: 2 });
  restore();
  await clock.advance(30_000 * 3);
  expect([list.connected, list.permitted, changes()]).toEqual([true, true, 1]);
});

it('survives a consumer that throws, and reports the error', async () => {
  const api = fakeApi([configMap('a')]);
  let broken = true;
  const { list, names, problems } = watched(api, {
    onChange: () => {
      if (broken) throw new Error('the consumer is broken');
    },
  });
  await list.whenSynced;
  await settle();
  api.put(configMap('b'));
  await settle();
  expect([names(), list.connected]).toEqual([['a', 'b'], true]);
  expect(problems).toEqual(['the consumer is broken']);
  broken = false;
  api.put(configMap('c'));
  await settle();
  expect(problems).toEqual(['the consumer is broken', 'well']);
});

it('survives a listener of problems that throws', async () => {
  const api = fakeApi([configMap('a')]);
  api.refuse({ status: 500, times: 1 });
  const { list, clock } = watched(api, {
    onProblem: () => {
      throw new Error('the listener is broken');
    },
  });
  await clock.advance(1000);
  expect(list.synced).toBe(true);
});

it('stops during a back-off, and ends what waits for its sync', async () => {
  const api = fakeApi();
  api.refuse({ status: 500 });
  const { list, clock } = watched(api);
  await settle();
  list.stop();
  await list.whenSynced;
  await clock.advance(60_000);
  expect([list.synced, api.requests.length, clock.pending()]).toEqual([false, 1, []]);
});
