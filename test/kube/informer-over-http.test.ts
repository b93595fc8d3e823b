import { expect, it } from 'vitest';

import type { ApiOptions } from '../../src/kube/client/http-api.ts';
import {
  type Answer,
  bookmark,
  event,
  listOf,
  type LocalServer,
  openLocal,
  status,
  stream,
} from './local-server.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import { watched, type Watched } from './informed.ts';

type Start = Watched & { readonly server: LocalServer };

/** Limits of time are out of the way, unless a test is about them. */
function start(...answers: Answer[]): Promise<Start> {
  return startWith({}, ...answers);
}

async function startWith(limits: ApiOptions, ...answers: Answer[]): Promise<Start> {
  const { api, server } = await openLocal({ timeoutMs: 60_000, idleTimeoutMs: 60_000, ...limits });
  server.otherwise(stream([]));
  server.next(...answers);
  return { ...watched(api), server };
}

const verbs = ({ requests }: LocalServer): string[] =>
  requests.map(({ query }) => ('watch' in query ? `watch ${query['resourceVersion']}` : 'list'));

/** Lets real and simulated time pass until what is awaited is there. */
async function until(clock: SimulatedClock, isThere: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!isThere()) {
    if (performance.now() > deadline) throw new Error('it never came');
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    await clock.advance(1000);
  }
}

it('resumes a watch that ended normally at its last resourceVersion', async () => {
  const { server, clock, names, problems } = await start(
    listOf('5', ['a']),
    stream([event('ADDED', 'b', '6'), bookmark('9')], 'end'),
    stream([event('ADDED', 'c', '10')]),
  );
  await until(clock, () => names().includes('c'));
  expect(verbs(server)).toEqual(['list', 'watch 5', 'watch 9']);
  expect([names(), problems]).toEqual([['a', 'b', 'c'], []]);
});

it.each([
  ['a cut connection', stream([event('ADDED', 'b', '6')], 'cut'), /aborted/],
  ['half a line', stream([event('ADDED', 'b', '6'), '{"type"'], 'end'), /middle of a line/],
  ['garbage', stream([event('ADDED', 'b', '6'), 'garbage\n']), /not JSON/],
  [
    'an error of the server',
    stream([
      event('ADDED', 'b', '6'),
      { type: 'ERROR', object: { kind: 'Status', code: 500, reason: 'InternalError' } },
    ]),
    /500 InternalError/,
  ],
])('after %s it goes on from the last version', async (_, answer, message) => {
  const { server, clock, names, problems, list } = await start(
    listOf('5', ['a']),
    answer,
    stream([event('ADDED', 'c', '7'), bookmark('8')]),
  );
  await until(clock, () => names().includes('c') && problems.length > 1);
  expect(verbs(server).slice(0, 3)).toEqual(['list', 'watch 5', 'watch 6']);
  expect(problems.slice(0, 2)).toEqual([expect.stringMatching(message), 'well']);
  expect([names(), list.synced]).toEqual([['a', 'b', 'c'], true]);
});

it.each([
  ['before the watch has begun', status(410, 'Gone')],
  [
    'in the watch',
    stream([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }]),
  ],
])('410 %s leads to a list at once', async (_, answer) => {
  const { server, clock, names, problems } = await start(
    listOf('5', ['a', 'b']),
    answer,
    listOf('20', ['b', 'c']),
  );
  await until(clock, () => names().includes('c'));
  expect(verbs(server).slice(0, 3)).toEqual(['list', 'watch 5', 'list']);
  expect([names(), problems]).toEqual([['b', 'c'], []]);
});

it('tolerates a silent watch while the server answers', async () => {
  const { server, clock, names, problems, list } = await startWith(
    { idleTimeoutMs: 300 },
    listOf('5', ['a']),
    stream([event('ADDED', 'b', '6')]),
    stream([event('ADDED', 'c', '7')]),
  );
  await until(clock, () => names().includes('c'));
  expect(verbs(server).slice(0, 3)).toEqual(['list', 'watch 5', 'watch 6']);
  expect([problems, list.connected]).toEqual([[], true]);
  server.close();
  await until(clock, () => problems.length > 0);
  expect(list.connected).toBe(false);
});

it('reports repeated garbage once, and lists again', async () => {
  const { server, clock, problems } = await start();
  server.otherwise((response, request) => {
    const answer = 'watch' in request.query ? stream(['garbage\n']) : listOf('5', ['a']);
    answer(response, request);
  });
  await until(clock, () => server.requests.length >= 7);
  expect(problems).toHaveLength(1);
  expect(verbs(server).slice(0, 6)).toEqual([
    'list',
    'watch 5',
    'watch 5',
    'watch 5',
    'list',
    'watch 5',
  ]);
});

it('retries a server that first fails and is slow', async () => {
  const { server, clock, names, problems } = await startWith(
    { timeoutMs: 2_000 },
    status(500, 'InternalError'),
    status(503, 'ServiceUnavailable'),
    () => undefined,
    (response) => response.destroy(),
    listOf('5', ['a']),
  );
  await until(clock, () => names().includes('a') && problems.includes('well'));
  expect(problems).toHaveLength(5);
  expect(server.requests.length).toBeGreaterThanOrEqual(6);
});
