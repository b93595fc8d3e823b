import { type TLSSocket, connect as connectTls } from 'node:tls';
import { type Socket, connect } from 'node:net';
import type { Server } from 'node:https';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../cluster/eventually.ts';
import { readCases } from '../case-folder.ts';
import { type WebhookUnderTest, reviewOf, startWebhookUnderTest } from './webhook-under-test.ts';

const { set, pod } = readCases().find(({ name }) => name === 'env-front')!;
const body = JSON.stringify(reviewOf(pod));
let webhook: WebhookUnderTest;
const sockets: Socket[] = [];
beforeAll(async () => {
  webhook = await startWebhookUnderTest(() => set);
});
/** Changes the time that a head and a request may take, until the test is over; gives what it was. */
const allow = (times: { headersTimeout: number; requestTimeout: number }) => {
  const server = webhook.app.server as unknown as Server;
  const { headersTimeout, requestTimeout } = server;
  Object.assign(server, times);
  onTestFinished(() => void Object.assign(server, { headersTimeout, requestTimeout }));
  return { headersTimeout, requestTimeout };
};
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await webhook.close();
});

const connected = (socket: Socket, event: string) =>
  new Promise<void>((resolve, reject) => socket.once(event, () => resolve()).once('error', reject));
async function openTls(): Promise<TLSSocket> {
  const socket = connectTls({ host: '127.0.0.1', port: webhook.port, ca: webhook.ca });
  sockets.push(socket);
  await connected(socket, 'secureConnect');
  socket.on('error', () => {});
  return socket;
}
const othersAreServed = async () => {
  for (let round = 0; round < 20; round++)
    expect((await webhook.post('/mutate/aikido', body)).status).toBe(200);
};
const head =
  'POST /mutate/aikido HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n';

it('serves others while 900 connections idle', async () => {
  for (let batch = 0; batch < 18; batch++) await Promise.all(Array.from({ length: 50 }, openTls));
  await othersAreServed();
});

it('lets 1,000 connections be, and closes the oldest when more come', async () => {
  // Opening so many may take longer than a head may.
  allow({ headersTimeout: 0, requestTimeout: 0 });
  // None of those that an earlier test left is young enough.
  for (const socket of sockets.splice(0)) socket.destroy();
  for (let batch = 0; batch < 24; batch++) await Promise.all(Array.from({ length: 50 }, openTls));
  await othersAreServed();
  const isOpen = () => sockets.map(({ closed }) => !closed);
  const count = () => isOpen().filter(Boolean).length;
  // With the one that others are served on.
  await eventually('the oldest to be closed', () => expect(count()).toBe(999));
  expect(isOpen().slice(-900)).not.toContain(false);
});

it('serves others while connections hang in the handshake, the head or the body', async () => {
  for (let count = 0; count < 50; count++) {
    const plain = connect(webhook.port, '127.0.0.1');
    plain.on('error', () => {});
    sockets.push(plain);
    await connected(plain, 'connect');
    (await openTls()).write('POST /mutate/aikido HTTP/1.1\r\nho');
    (await openTls()).write(`${head}{"kind":`);
  }
  await othersAreServed();
});

it('ends a request whose sender is slow, in the head and in the body', async () => {
  const ended = (socket: TLSSocket) =>
    new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
    });
  const inHead = await openTls();
  inHead.write('POST /mutate/aikido HTTP/1.1\r\nho');
  const inBody = await openTls();
  inBody.write(`${head}{"kind":`);
  const inForce = allow({ headersTimeout: 100, requestTimeout: 200 });
  expect(inForce).toEqual({ headersTimeout: 10_000, requestTimeout: 15_000 });
  for (const answer of await Promise.all([ended(inHead), ended(inBody)]))
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});
