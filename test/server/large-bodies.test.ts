import { type TLSSocket, connect } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { eventually } from '../cluster/eventually.ts';
import { readCases } from '../case-folder.ts';
import { type WebhookUnderTest, reviewOf, startWebhookUnderTest } from './webhook-under-test.ts';

const { set, pod } = readCases().find(({ name }) => name === 'env-front')!;
const mebibyte = 1024 * 1024;
const review = JSON.stringify(reviewOf(pod));
const padded = (size: number) => review.padEnd(size).slice(0, size);

let webhook: WebhookUnderTest;
/** Starts it without the time that a request may take: sending so much may take longer. */
async function start(...given: Parameters<typeof startWebhookUnderTest>): Promise<void> {
  webhook = await startWebhookUnderTest(...given);
  Object.assign(webhook.app.server, { headersTimeout: 0, requestTimeout: 0 });
}
const senders: Sender[] = [];
afterEach(async () => {
  for (const { socket } of senders.splice(0)) socket.destroy();
  await webhook.close();
});

interface Sender {
  readonly socket: TLSSocket;
  answer: string;
  ended: boolean;
}

/** Sends the head of a request and a part of its body, and leaves it there. */
async function begin(sent: number, head: string, path = 'aikido'): Promise<Sender> {
  const socket = connect({ host: '127.0.0.1', port: webhook.port, ca: webhook.ca });
  const sender: Sender = { socket, answer: '', ended: false };
  senders.push(sender);
  // One that is cut off while it sends may get a reset before it reads its answer.
  socket.on('error', () => undefined);
  socket.on('data', (data: Buffer) => (sender.answer += data.toString()));
  socket.on('close', () => (sender.ended = true));
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  socket.write(`POST /mutate/${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`);
  await new Promise((resolve) =>
    socket.write(`${head}\r\n\r\n${padded(sent)}`, () => resolve(undefined)),
  );
  return sender;
}
const declared = `content-length: ${8 * mebibyte}`;
const chunked = `transfer-encoding: chunked\r\n\r\n${(8 * mebibyte).toString(16)}`;
const failures = async (code: number) =>
  Number(
    new RegExp(`token_injector_admission_failures_total\\{code="${code}"\\} (\\d+)`).exec(
      await webhook.metrics(),
    )?.[1] ?? 0,
  );
const soon = (what: () => boolean | Promise<boolean>) =>
  eventually(String(what), async () => expect(await what()).toBe(true), { intervalMs: 10 });
const flying = (count: number) => `\ntoken_injector_admission_requests_in_flight ${count}\n`;
const inFlight = (count: number) =>
  soon(async () => (await webhook.metrics()).includes(flying(count)));
const open = () => senders.filter(({ ended }) => !ended);

it.each([
  ['declared', declared],
  ['chunked', chunked],
])('60 bodies of 7 MiB, %s, do not all stay in memory, and others are served', async (_, head) => {
  await start(() => set);
  for (let count = 0; count < 60; count++) {
    await begin(7 * mebibyte, head);
    if (count % 10 === 9) expect((await webhook.post('/mutate/aikido', review)).status).toBe(200);
  }
  await soon(() => open().length <= 9);
  // 64 MiB at most, of which each takes 7 or 8.
  expect(open().length).toBeGreaterThanOrEqual(8);
  expect((await webhook.post('/mutate/aikido', padded(7 * mebibyte))).status).toBe(200);
  // Who is cut off learns of it a moment after it is counted.
  await soon(async () => (await failures(503)) === senders.length - open().length);
  const cut = senders.filter(({ ended }) => ended);
  const answered = cut.filter(({ answer }) => answer !== '');
  expect(answered.length).toBeGreaterThan(0);
  for (const { answer } of answered) {
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(answer).not.toMatch(/^retry-after/im);
    expect(answer).toContain('token-injector: too many large or slow requests at once\n');
  }
  expect(webhook.logged).toContainEqual({
    level: 'warn',
    code: 503,
    remote: '127.0.0.1',
    problem: 'too many large or slow requests at once',
    message: 'request refused',
  });

  // What is gone holds nothing any more, or the first of the next ones would have to give way for it.
  const before = await failures(503);
  for (const { socket } of senders.splice(0)) socket.destroy();
  await inFlight(0);
  for (let count = 0; count < 8; count++) await begin(7 * mebibyte, head);
  expect((await webhook.post('/mutate/aikido', review)).status).toBe(200);
  expect([open().length, await failures(503)]).toEqual([8, before]);
});

it('bodies that wait for a look-up do not all stay in memory either', async () => {
  const looked = Promise.withResolvers<typeof set>();
  let lookUps = 0;
  await start(
    () => policySet([]),
    () => {
      lookUps++;
      return looked.promise;
    },
  );
  const answers = Array.from({ length: 12 }, () =>
    webhook.post('/mutate/new', padded(8 * mebibyte)),
  );
  // A body that is whole is looked up, one that is not has given way.
  await soon(async () => lookUps + (await failures(503)) === 12);
  looked.resolve(set);
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  // Seven with what a request takes that waits.
  expect(statuses.filter((status) => status === 503)).toHaveLength(5);
  expect(statuses.filter((status) => status === 200)).toHaveLength(7);
});

it('a large answer that nobody reads gives way to bodies', async () => {
  await start(() => set);
  const containers = Array.from({ length: 18_000 }, (_, index) => ({ name: `c${index}` }));
  const metadata = { labels: { 'aikido-security': 'kubernetes-agent' } };
  const body = JSON.stringify(reviewOf({ metadata, spec: { containers } }));
  const { socket } = await begin(0, 'content-length: 0');
  socket.pause();
  const request = `POST /mutate/aikido HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  // Each answer has 3.8 MB: some of them fill all that the machine has on the way, and the next one stays with us.
  for (let sent = 1; sent <= 40; sent++) {
    socket.write(request);
    await soon(() => webhook.logged.length === sent + 1);
    // Server and client take turns in this process: what can go on its way goes within some of them.
    const isUnderWay = async () => !(await webhook.metrics()).includes(flying(0));
    for (let turn = 0; turn < 20 && (await isUnderWay()); turn++) await delay(50);
    if (await isUnderWay()) break;
  }
  const connections = () =>
    new Promise<number>((resolve) =>
      webhook.app.server.getConnections((_, count) => resolve(count)),
    );
  await inFlight(1);
  expect(await connections()).toBe(1);
  for (let count = 0; count < 8; count++) await begin(8 * mebibyte - 1, declared);
  await inFlight(8);
  await soon(async () => (await connections()) === 8);
});
