import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { Counter, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createConnectionMetrics } from '../../src/server/connection-metrics.ts';
import { createHealthServer } from '../../src/server/health.ts';
import { eventually } from '../cluster/eventually.ts';

let port: number;
let app: ReturnType<typeof createHealthServer>;
let registry: Registry;
let logged: object[];
const peers: Peer[] = [];
beforeEach(async () => {
  registry = new Registry();
  logged = [];
  const log = {
    info: () => {},
    warn: (fields: object) => void logged.push(fields),
    error: () => {},
  };
  const connections = createConnectionMetrics(registry, log, () => 0)('health');
  app = createHealthServer({ checks: [() => ({ name: 'part', ok: true })], registry, connections });
  await app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = app.server.address() as AddressInfo);
});
afterEach(async () => {
  for (const { socket } of peers.splice(0)) socket.destroy();
  await app.close();
});

interface Peer {
  readonly socket: Socket;
  answer: string;
  ended: boolean;
}

/** Connects, and sends what it is given. */
async function open(sent: string): Promise<Peer> {
  const socket = connect(port, '127.0.0.1');
  const peer: Peer = { socket, answer: '', ended: false };
  peers.push(peer);
  socket.on('error', () => undefined);
  socket.on('data', (data: Buffer) => (peer.answer += data.toString()));
  socket.on('close', () => (peer.ended = true));
  await new Promise((resolve) => socket.once('connect', resolve));
  await new Promise((resolve) => socket.write(sent, resolve));
  return peer;
}

/** Asks over a new connection, as a kubelet does. */
async function ask(path: string, options: object = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const to = { host: '127.0.0.1', port, path, agent: false, ...options } as const;
    request(to, resolve).on('error', reject).end();
  });
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}
const soon = (what: () => boolean) =>
  eventually(String(what), () => expect(what()).toBe(true), { intervalMs: 10 });

const halfHead = `GET /metrics HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(4_000)}`;

/** Puts aside the time that a head may take: opening so many may take longer. */
const haveAllTime = () => void Object.assign(app.server, { headersTimeout: 0, requestTimeout: 0 });

describe('half-sent heads', () => {
  it('are 64 at most, and every probe and scrape beside them gets through', async () => {
    haveAllTime();
    for (let count = 1; count <= 300; count++) {
      await open(halfHead);
      if (count % 20 > 0) continue;
      expect((await ask('/livez')).status).toBe(200);
      expect((await ask('/readyz')).status).toBe(200);
      expect((await ask('/metrics')).status).toBe(200);
    }
    const last = peers.slice(-50);
    await soon(() => peers.filter(({ ended }) => !ended).length <= 64);
    expect(last.map(({ ended }) => ended)).not.toContain(true);
    const { text: metrics } = await ask('/metrics');
    expect(metrics).toMatch(
      /^token_injector_connections_closed_total\{port="health",reason="too-many"\} 2\d\d$/m,
    );
    // One line, since no time passes here.
    expect(logged).toEqual([
      {
        port: 'health',
        remote: '127.0.0.1',
        problem: 'more connections at once than are allowed, most of them from here',
      },
    ]);
  });

  // Other systems have to be told first that all of 127.0.0.0/8 is theirs.
  it.runIf(process.platform === 'linux')('are at the expense of where they come from', async () => {
    haveAllTime();
    const prober = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    await new Promise((resolve) => prober.once('connect', resolve));
    for (let count = 0; count < 100; count++) await open(halfHead);
    await soon(() => peers.filter(({ ended }) => !ended).length === 63);
    // It came first of all.
    prober.end('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(await text(prober)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('are ended after some seconds', async () => {
    expect(app.server).toMatchObject({ headersTimeout: 5_000, requestTimeout: 5_000 });
    Object.assign(app.server, { headersTimeout: 100, requestTimeout: 100 });
    const peer = await open(halfHead);
    await soon(() => peer.ended);
    expect(peer.answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

it('takes no head over 8 KiB, no body, and one request of a connection', async () => {
  expect((await ask('/livez', { headers: { 'x-long': 'a'.repeat(9_000) } })).status).toBe(431);
  app.server.on('connection', (socket) => socket.setTimeout(0));
  haveAllTime();
  for (const method of ['GET', 'POST']) {
    for (const type of ['application/json', 'text/plain']) {
      const head = `host: x\r\ncontent-type: ${type}\r\ncontent-length: 1000000`;
      const withBody = await open(`${method} /livez HTTP/1.1\r\n${head}\r\n\r\nbegins`);
      await soon(() => withBody.ended);
      expect(withBody.answer).toMatch(method === 'GET' ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 4\d\d /);
    }
  }
  expect((await ask('/livez')).headers.connection).toBe('close');
  const two = await open('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2));
  await soon(() => two.ended);
  expect(two.answer.match(/200 OK/g) ?? []).not.toHaveLength(2);
});

it('lets go of who does not read what it asked for', async () => {
  // More than a connection takes on its way.
  const labels = new Counter({ name: 'many', help: 'm', labelNames: ['l'], registers: [registry] });
  for (let count = 0; count < 40_000; count++) labels.inc({ l: 'x'.repeat(200) + count });
  app.server.setTimeout(200);
  const peer = await open('');
  peer.socket.pause();
  peer.socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n');
  const connections = () =>
    new Promise<number>((resolve) => app.server.getConnections((_, count) => resolve(count)));
  await eventually('it to be let go of', async () => expect(await connections()).toBe(0), {
    intervalMs: 20,
  });
});
