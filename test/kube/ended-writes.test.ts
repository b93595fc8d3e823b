import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { untilAborted } from '../../src/controllers/until-aborted.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { resources } from '../../src/kube/resources.ts';
import { type Answer, json, openLocal, status } from './local-server.ts';

const { configMaps } = resources;
const object = { metadata: { name: 'a', namespace: 'ours', resourceVersion: '1' } };
const busy = status(429, 'TooManyRequests', '', { 'retry-after': '1' });

const writes: [string, (api: KubeApi) => Promise<unknown>][] = [
  ['create', (api) => api.create(configMaps, object, { dryRun: true })],
  ['replace', (api) => api.replace(configMaps, object)],
  ['apply', (api) => api.apply(configMaps, object, { subresource: 'status' })],
  ['delete', (api) => api.delete(configMaps, 'a', 'ours')],
];

/** Begins a write whose first answer is the one given, and ends it once the server has the request. */
async function endDuring(write: (api: KubeApi) => Promise<unknown>, answer: Answer) {
  const { api, server } = await openLocal();
  const got = Promise.withResolvers<void>();
  server.next((response, request) => {
    answer(response, request);
    got.resolve();
  });
  server.otherwise(json({ metadata: { name: 'a' } }));
  const over = new AbortController();
  const writing = write(untilAborted(api, over.signal));
  await got.promise;
  // The client gets the answer too, and goes to sleep.
  await sleep(100);
  const endedAt = performance.now();
  over.abort();
  await expect(writing).rejects.toThrow('aborted');
  expect(performance.now() - endedAt).toBeLessThan(500);
  return { server };
}

describe.each(writes)('once its time is over, %s', (_, write) => {
  test('is not sent again after the pause that the server asked for', async () => {
    const { server } = await endDuring(write, busy);
    await sleep(1_200);
    expect(server.requests).toHaveLength(1);
  });

  test('does not wait for an answer, and closes its connection', async () => {
    const closed = Promise.withResolvers<void>();
    const { server } = await endDuring(write, (response) => {
      response.on('close', closed.resolve);
    });
    await closed.promise;
    expect(server.requests).toHaveLength(1);
  });

  test('does not wait for the rest of an answer', async () => {
    await endDuring(write, (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"metadata":');
    });
  });

  test('is not sent at all, where reading goes on', async () => {
    const { api, server } = await openLocal();
    const over = new AbortController();
    const guarded = untilAborted(api, over.signal);
    over.abort();
    await expect(write(guarded)).rejects.toThrow('aborted');
    expect(server.requests).toEqual([]);
    await guarded.get(configMaps, 'a', 'ours');
    expect(server.requests).toHaveLength(1);
  });
});

test('a write that a signal could end is tried on as any other while it does not come', async () => {
  const waits: number[] = [];
  const { api, server } = await openLocal({ delay: async (ms) => void waits.push(ms) });
  server.next(busy, status(401, 'Unauthorized'), json({ metadata: { name: 'a' } }));
  const guarded = untilAborted(api, new AbortController().signal);
  expect(await guarded.apply(configMaps, object)).toMatchObject({ metadata: { name: 'a' } });
  expect([server.requests.length, ...waits]).toEqual([3, 1000]);
  server.otherwise(busy);
  await expect(guarded.apply(configMaps, object)).rejects.toMatchObject({ status: 429 });
});
