import type { IncomingMessage, ServerResponse } from 'node:http';
import { type TLSSocket, connect } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import type { PolicySet } from '../../src/core/policy/policy-set.ts';
import { oneAtATime } from '../../src/server/connections.ts';
import { eventually } from '../cluster/eventually.ts';
import { readCases } from '../case-folder.ts';
import { settle } from './manual-clock.ts';
import { type WebhookUnderTest, reviewOf, startWebhookUnderTest } from './webhook-under-test.ts';

const { set, pod } = readCases().find(({ name }) => name === 'env-front')!;
const body = JSON.stringify(reviewOf(pod));
let webhook: WebhookUnderTest;
const sockets: TLSSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await webhook?.close();
});

/** Sends requests in one piece, and waits for none of the answers. */
async function pipeline(path: (index: number) => string, count: number): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: webhook.port, ca: webhook.ca });
  sockets.push(socket);
  socket.on('error', () => undefined).resume();
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  const request = (index: number) =>
    `POST /mutate/${path(index)} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`;
  socket.write(Array.from({ length: count }, (_, index) => request(index)).join(''));
  return socket;
}
const closed = (socket: TLSSocket) =>
  eventually('the connection to be closed', () => expect(socket.closed).toBe(true), {
    intervalMs: 10,
  });
const metric = async (line: string) =>
  Number(new RegExp(`^${line} (\\d+)$`, 'm').exec(await webhook.metrics())?.[1]);

it('a connection that pipelines questions about invented policies is closed, and at most one of them waits', async () => {
  const { promise: never } = Promise.withResolvers<PolicySet>();
  const signals: AbortSignal[] = [];
  await start((_, signal) => {
    signals.push(signal);
    return never;
  });
  for (let connection = 0; connection < 20; connection++)
    await closed(await pipeline((index) => `invented-${connection}-${index}`, 1_000));
  expect(signals.length).toBeLessThanOrEqual(20);
  await eventually('nobody to wait', () =>
    expect(signals.filter(({ aborted }) => !aborted)).toEqual([]),
  );
  expect(await metric('token_injector_admission_requests_in_flight')).toBe(0);
  expect(
    await metric(
      'token_injector_connections_closed_total\\{port="admission",reason="pipelined"\\}',
    ),
  ).toBe(20);
  expect(webhook.logged).toContainEqual({
    level: 'warn',
    port: 'admission',
    remote: '127.0.0.1',
    problem: 'a request before the answer to the one before it',
    message: 'connection closed',
  });
  expect((await webhook.post('/mutate/aikido', body)).status).toBe(200);
});

it('one that pipelines questions about a known policy is closed too', async () => {
  await start();
  await closed(await pipeline(() => 'aikido', 1_000));
  expect(await metric('token_injector_admission_requests_in_flight')).toBe(0);
  expect(webhook.logged.length).toBeLessThan(10);
});

it('one after the other they go over the same connection', async () => {
  await start();
  let connections = 0;
  webhook.app.server.on('connection', () => connections++);
  for (let count = 0; count < 200; count++)
    expect((await webhook.post('/mutate/aikido', body)).status).toBe(200);
  expect(connections).toBe(1);
});

it('a request is served that comes before its server has heard that the last answer is sent', async () => {
  const served: unknown[] = [];
  const reasons: string[] = [];
  const listener = oneAtATime(
    (_, response) => void served.push(response),
    (reason) => void reasons.push(reason),
  );
  const socket = { destroyed: false, destroy: () => (socket.destroyed = true) };
  const request = { socket } as unknown as IncomingMessage;
  const response = { socket: null } as { socket: unknown };
  listener(request, response as unknown as ServerResponse & { req: IncomingMessage });
  expect(served).toEqual([]);
  // As Node does in the same turn.
  response.socket = socket;
  await settle();
  expect(served).toEqual([response]);
  expect([socket.destroyed, reasons]).toEqual([false, []]);
});

async function start(
  lookUp?: NonNullable<Parameters<typeof startWebhookUnderTest>[1]>,
): Promise<void> {
  webhook = await startWebhookUnderTest(() => set, lookUp);
}
