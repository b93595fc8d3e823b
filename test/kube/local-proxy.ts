import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';

import { onTestFinished } from 'vitest';

/** A proxy that leads wherever it was asked for to one server of the test. */
export interface LocalProxy {
  readonly port: number;
  /** What clients asked for: the target of each CONNECT or SOCKS request, or the whole URL of a request. */
  readonly asked: readonly string[];
  /** The headers of the last request. */
  readonly headers: () => Readonly<Record<string, string | string[] | undefined>>;
  /** Resolves once a client has closed a connection, or has done so. */
  readonly closed: Promise<void>;
}

interface HttpProxyOptions {
  /** The URL of the server behind it. */
  readonly server?: string;
  /** The answer to a CONNECT: its status, or none at all. */
  readonly answer?: '200 OK' | '407 Proxy Authentication Required' | 'none';
}

/** Starts an HTTP proxy on a free port until the test is over. */
export async function startHttpProxy({
  server = 'http://127.0.0.1:1',
  answer = '200 OK',
}: HttpProxyOptions): Promise<LocalProxy> {
  const { hostname, port } = new URL(server);
  const asked: string[] = [];
  let headers: ReturnType<LocalProxy['headers']> = {};
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '');
    ({ headers } = request);
    response.writeHead(404).end();
  });
  proxy.on('connect', (request, client: Socket) => {
    asked.push(request.url ?? '');
    ({ headers } = request);
    client.on('error', () => undefined);
    if (answer !== 'none') client.write(`HTTP/1.1 ${answer}\r\n\r\n`);
    if (answer === '200 OK') join(client, hostname, Number(port));
    else client.resume();
  });
  const { closed, ...local } = await serve(proxy);
  return { ...local, asked, headers: () => headers, closed };
}

/** Starts a SOCKS 5 proxy on a free port until the test is over; it wants no password, and names for targets. */
export async function startSocksProxy(server: string): Promise<LocalProxy> {
  const { hostname, port } = new URL(server);
  const asked: string[] = [];
  const proxy = createTcpServer((client) => {
    client.on('error', () => undefined);
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (request) => {
        const length = request[4] ?? 0;
        const name = request.subarray(5, 5 + length).toString();
        asked.push(`${name}:${request.readUInt16BE(5 + length)}`);
        client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        join(client, hostname, Number(port));
      });
    });
  });
  const { closed, ...local } = await serve(proxy);
  return { ...local, asked, headers: () => ({}), closed };
}

function join(client: Socket, host: string, port: number): void {
  const onward = connect(port, host);
  onward.on('error', () => client.destroy());
  client.on('close', () => onward.destroy());
  client.pipe(onward).pipe(client);
}

async function serve(
  proxy: ReturnType<typeof createTcpServer>,
): Promise<Pick<LocalProxy, 'port' | 'closed'>> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const clients = new Set<Socket>();
  proxy.on('connection', (client: Socket) => {
    clients.add(client);
    client.on('end', resolve);
    client.on('close', () => clients.delete(client));
  });
  await new Promise<void>((listening) => {
    proxy.listen(0, '127.0.0.1', listening);
  });
  onTestFinished(() => {
    for (const client of clients) client.destroy();
    proxy.close();
  });
  return { port: (proxy.address() as AddressInfo).port, closed };
}
