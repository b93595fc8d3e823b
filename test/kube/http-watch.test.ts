import { expect, it } from 'vitest';

import type { KubeApi, KubeError, WatchEvent } from '../../src/kube/client/api.ts';
import type { ApiOptions } from '../../src/kube/client/http-api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { bookmark, event, openLocal, status, stream } from './local-server.ts';

const { configMaps } = resources;

/** Reads a watch to its end; the error is that of the end. */
async function watchToEnd(
  api: KubeApi,
  signal = new AbortController().signal,
  onEvent: () => void = () => undefined,
): Promise<{ events: WatchEvent[]; error: unknown }> {
  const events: WatchEvent[] = [];
  try {
    for await (const one of api.watch(configMaps, { namespace: 'ours' }, '7', signal)) {
      events.push(one);
      onEvent();
    }
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

const began = { type: 'BOOKMARK', resourceVersion: '7' };

it('ask for bookmarks and a timeout, and yield the events', async () => {
  const { api, server } = await openLocal();
  const whole = `${JSON.stringify(event('ADDED', 'a-with-\u00e9', '8'))}\n`;
  const bytes = Buffer.from(whole);
  // In the middle of a character.
  const middle = bytes.indexOf(0xc3) + 1;
  server.next((response) => {
    response.writeHead(200);
    response.write(bytes.subarray(0, middle));
    setTimeout(() => {
      response.write(bytes.subarray(middle));
      response.end(`${JSON.stringify(bookmark('9'))}\n\n`);
    }, 20);
  });
  expect(await watchToEnd(api)).toEqual({
    events: [
      began,
      event('ADDED', 'a-with-\u00e9', '8'),
      { type: 'BOOKMARK', resourceVersion: '9' },
    ],
    error: undefined,
  });
  expect(server.requests[0]?.query).toEqual({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: '7',
    timeoutSeconds: '450',
  });
});

/** Long enough for any machine, unless it is what is waited for. */
const long = { timeoutMs: 60_000, idleTimeoutMs: 60_000, maxBytes: 1000 };

it.each([
  ['garbage', stream(['hunter2\n']), 0, 'a line is not JSON'],
  ['a line that is no event', stream(['{"a":"hunter2"}\n']), 0, 'a line is no event'],
  ['an event of no type', stream([event('hunter2', 'a', '8')]), 0, 'an event is of no known type'],
  ['half a line', stream(['{"type":'], 'end'), 0, 'the stream ended in the middle of a line'],
  ['an endless line', stream(['x'.repeat(2000)]), 0, 'a line is longer than 1000 bytes'],
  ['a cut connection', stream([bookmark('7')], 'cut'), 0, /no answer from http.*: aborted/],
  ['silence', stream([]), 0, 'nothing came for 0.15 s', { idleTimeoutMs: 150 }],
  [
    'an error',
    stream([
      { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'old' } },
    ]),
    410,
    '410 Expired: old',
  ],
  ['an error', status(410, 'Gone'), 410, '410 Gone'],
  ['no answer', () => undefined, 0, /no answer from http\S+ within 0\.3 s/, { timeoutMs: 300 }],
])('end with an error for %s', async (_, answer, code, message, limits: ApiOptions = {}) => {
  const { api, server } = await openLocal({ ...long, ...limits });
  server.next(answer);
  const { error } = await watchToEnd(api);
  expect(error).toMatchObject({ name: 'KubeError', status: code });
  expect((error as KubeError).message).toMatch(message);
  expect((error as KubeError).message).toMatch(/^cannot watch configmaps in namespace ours: /);
  expect((error as KubeError).message).not.toContain('hunter2');
});

it('last longer than the request timeout while events arrive', async () => {
  // Far more than the pauses between two lines, and less than all of them together.
  const { api, server } = await openLocal({ timeoutMs: 2000, idleTimeoutMs: 2000 });
  let left = 6;
  server.next((response) => {
    response.writeHead(200).flushHeaders();
    const timer = setInterval(() => {
      response.write(`${JSON.stringify(bookmark('8'))}\n`);
      if ((left -= 1) > 0) return;
      clearInterval(timer);
      response.end();
    }, 400);
  });
  const { events, error } = await watchToEnd(api);
  expect([events.length, error]).toEqual([7, undefined]);
});

it('end at once when aborted, and leave nothing open', async () => {
  const { api, server } = await openLocal();
  const stopping = new AbortController();
  const closed = Promise.withResolvers<void>();
  server.next((response) => {
    response.on('close', () => closed.resolve());
    stream([])(response, {} as never);
  });
  const onEvent = () => stopping.abort();
  expect(await watchToEnd(api, stopping.signal, onEvent)).toEqual({
    events: [began],
    error: undefined,
  });
  await closed.promise;
});

it('close the connection when the reader stops', async () => {
  const { api, server } = await openLocal();
  const closed = Promise.withResolvers<void>();
  server.next((response) => {
    response.on('close', () => closed.resolve());
    stream([])(response, {} as never);
  });
  for await (const one of api.watch(configMaps, {}, '7', new AbortController().signal)) {
    expect(one).toEqual(began);
    break;
  }
  await closed.promise;
});

it('end at once when aborted before they begin', async () => {
  const { api, server } = await openLocal();
  const stopping = new AbortController();
  server.next(() => stopping.abort());
  expect(await watchToEnd(api, stopping.signal)).toEqual({ events: [], error: undefined });
});
