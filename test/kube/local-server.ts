import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { KubeApi } from '../../src/kube/client/api.ts';
import { type ApiOptions, createKubeApi } from '../../src/kube/client/http-api.ts';

/** One request as the server got it. */
interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers one request; it may also do worse. */
export type Answer = (response: ServerResponse, request: ServedRequest) => void;

/** A server that answers as a test wants. */
export interface LocalServer {
  readonly kubeconfig: string;
  readonly url: string;
  readonly requests: readonly ServedRequest[];
  /** Connections so far. */
  readonly connections: () => number;
  /** The answers to the next requests, in order. */
  readonly next: (...answers: readonly Answer[]) => void;
  /** The answer when there is no next one. */
  readonly otherwise: (answer: Answer) => void;
  readonly close: () => void;
}

interface ServerOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Of the cluster and of the user in the kubeconfig. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
}

/** Starts a server on a free port, with a kubeconfig for it, until the test is over. */
export async function startServer({
  tls,
  cluster,
  user,
}: ServerOptions = {}): Promise<LocalServer> {
  const requests: ServedRequest[] = [];
  const answers: Answer[] = [];
  let otherwise: Answer = status(404, 'NotFound');
  const listener: RequestListener = (incoming, response) => {
    const url = new URL(incoming.url ?? '', 'http://localhost');
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(request);
      (answers.shift() ?? otherwise)(response, request);
    });
  };
  const server: Server = tls ? createHttpsServer(tls, listener) : createHttpServer(listener);
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  const url = `http${tls ? 's' : ''}://127.0.0.1:${port}`;
  return {
    url,
    kubeconfig: writeKubeconfig({ cluster: { server: url, ...cluster }, user }),
    requests,
    connections: () => connections,
    next: (...more) => answers.push(...more),
    otherwise: (answer) => {
      otherwise = answer;
    },
    close,
  };
}

/** Writes a kubeconfig with one context until the test is over; gives back the path. */
export function writeKubeconfig({
  cluster,
  user = {},
}: {
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>> | undefined;
}): string {
  const folder = mkdtempSync(join(tmpdir(), 'token-injector-kube-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'kubeconfig');
  const config = {
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** An answer of JSON. */
export function json(body: unknown, code = 200, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** An error as the API server words it. */
export function status(
  code: number,
  reason: string,
  message = '',
  headers: Record<string, string> = {},
): Answer {
  return json({ kind: 'Status', status: 'Failure', code, reason, message }, code, headers);
}

/** A list of ConfigMaps with these names, or of what else is given. */
export function listOf(resourceVersion: string, names: readonly string[], next = ''): Answer {
  return json({
    kind: 'ConfigMapList',
    metadata: { resourceVersion, continue: next },
    items: names.map((name) => ({ metadata: { name, namespace: 'ours', resourceVersion: '1' } })),
  });
}

/** A watch that sends texts and then does what is said. */
export function stream(
  texts: readonly (string | object)[],
  then: 'stay' | 'end' | 'cut' = 'stay',
): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const text of texts)
      response.write(typeof text === 'string' ? text : `${JSON.stringify(text)}\n`);
    if (then === 'end') response.end();
    // What was written must be on its way first.
    if (then === 'cut') setTimeout(() => response.destroy(), 20);
  };
}

/** An event of a watch about a ConfigMap. */
export function event(type: string, name: string, resourceVersion: string): object {
  return { type, object: { metadata: { name, namespace: 'ours', resourceVersion } } };
}

/** A bookmark of a watch. */
export function bookmark(resourceVersion: string): object {
  return { type: 'BOOKMARK', object: { metadata: { resourceVersion } } };
}

/** An API whose server answers as a test wants. */
export async function openLocal(
  options: ApiOptions = {},
): Promise<{ api: KubeApi; server: LocalServer }> {
  const server = await startServer();
  const api = await createKubeApi({ kubeconfig: server.kubeconfig, random: () => 0.5, ...options });
  return { api, server };
}
