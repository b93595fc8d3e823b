import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { fenceWrites } from '../../src/controllers/manager/write-fence.ts';
import type { KubeApi } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
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

/**
 * Begins a write whose first answer is the one given, and ends it once the server has the request, or once the client
 * sleeps until it may ask again. What it waits for never comes, so that only its end can have ended it.
 */
async function endDuring(
  write: (api: KubeApi) => Promise<unknown>,
  answer: Answer,
  when: 'asked' | 'asleep' = 'asked',
) {
  const asleep = Promise.withResolvers<void>();
  const pause = Promise.withResolvers<void>();
  const delay = (_ms: number, signal?: AbortSignal) => {
    asleep.resolve();
    signal?.addEventListener('abort', () => pause.reject(signal.reason));
    return pause.promise;
  };
  const { api, server } = await openLocal({ delay });
  const got = Promise.withResolvers<void>();
  server.next((response, request) => {
    answer(response, request);
    got.resolve();
  });
  server.otherwise(json({ metadata: { name: 'a' } }));
  const over = new AbortController();
  const writing = write(fenceWrites(api, over.signal));
  await got.promise;
  if (when === 'asleep') await asleep.promise;
  // What of an answer there is has mostly come by then; the end is the same if not.
  else await sleep(20);
  over.abort();
  await expect(writing).rejects.toThrow('aborted');
  return { api, server, endPause: pause.resolve };
}

describe.each(writes)('once its time is over, %s', (_, write) => {
  it('is not sent again after the pause that the server asked for', async () => {
    const { api, server, endPause } = await endDuring(write, busy, 'asleep');
    endPause();
    // One that was sent all the same would be there before this one is answered.
    await api.get(configMaps, 'a', 'ours');
    expect(server.requests.filter(({ method }) => method !== 'GET')).toHaveLength(1);
  });

  it('does not wait for an answer, and closes its connection', async () => {
    const closed = Promise.withResolvers<void>();
    const { server } = await endDuring(write, (response) => {
      response.on('close', closed.resolve);
    });
    await closed.promise;
    expect(server.requests).toHaveLength(1);
  });

  it('does not wait for the rest of an answer', async () => {
    await endDuring(write, (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"metadata":');
    });
  });

  it('is not sent at all, where reading goes on', async () => {
    const { api, server } = await openLocal();
    const over = new AbortController();
    const guarded = fenceWrites(api, over.signal);
    over.abort();
    await expect(write(guarded)).rejects.toThrow('aborted');
    expect(server.requests).toEqual([]);
    await guarded.get(configMaps, 'a', 'ours');
    expect(server.requests).toHaveLength(1);
  });
});

it('retries a write with a signal like any other until the signal is aborted', async () => {
  const waits: number[] = [];
  const { api, server } = await openLocal({ delay: async (ms) => void waits.push(ms) });
  server.next(busy, status(401, 'Unauthorized'), json({ metadata: { name: 'a' } }));
  const guarded = fenceWrites(api, new AbortController().signal);
  expect(await guarded.apply(configMaps, object)).toMatchObject({ metadata: { name: 'a' } });
  expect([server.requests.length, ...waits]).toEqual([3, 1000]);
  server.otherwise(busy);
  await expect(guarded.apply(configMaps, object)).rejects.toMatchObject({ status: 429 });
});
