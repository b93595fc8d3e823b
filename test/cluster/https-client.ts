import { Agent, request as httpsRequest } from 'node:https';

import type { Connection } from './kubeconfig.ts';

/** Headers of a request; one with several values is sent several times. */
export type Headers = Readonly<Record<string, string | string[]>>;

/** What goes to the API server; a body that is no text is sent as JSON. */
interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Headers;
  readonly body?: unknown;
}

/** What came back; the body is parsed if it is JSON and plain text otherwise. */
interface HttpResponse {
  readonly status: number;
  readonly body: unknown;
  /** The texts of the Warning headers. */
  readonly warnings: readonly string[];
}

/** Sends one request; fails only when no answer came. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

const timeoutMs = 60_000;

/** Opens a client that keeps its connections. */
export function createHttpsClient(connection: Connection): Send {
  const base = new URL(connection.server);
  const agent = new Agent({
    keepAlive: true,
    rejectUnauthorized: connection.insecure !== true,
    ca: connection.authority,
    cert: connection.certificate,
    key: connection.key,
    ...(connection.serverName !== undefined && { servername: connection.serverName }),
  });

  const send = (request: HttpRequest): Promise<HttpResponse> =>
    new Promise((resolve, reject) => {
      const body = request.body === undefined ? undefined : asText(request.body);
      const outgoing = httpsRequest({
        agent,
        host: base.hostname.replaceAll(/^\[|\]$/g, ''),
        port: base.port || 443,
        method: request.method,
        path: base.pathname.replace(/\/$/, '') + request.path,
        timeout: timeoutMs,
        headers: {
          accept: 'application/json',
          ...(connection.token !== undefined && { authorization: `Bearer ${connection.token}` }),
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
          ...request.headers,
        },
      });
      outgoing.on('timeout', () => {
        outgoing.destroy(new Error(`no answer after ${timeoutMs / 1000} s`));
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The server had closed a kept connection just as it was used again: it never read the request. There may be
        // more of these, each of which goes by this.
        if (outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) {
          resolve(send(request));
        } else {
          reject(
            new Error(`${request.method} ${request.path}: ${error.message}`, { cause: error }),
          );
        }
      });
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const content = Buffer.concat(chunks).toString('utf8');
          const isJson = incoming.headers['content-type']?.includes('json') === true;
          resolve({
            status: incoming.statusCode ?? 0,
            body: isJson ? (JSON.parse(content) as unknown) : content,
            warnings: (incoming.headersDistinct['warning'] ?? []).flatMap(warningTexts),
          });
        });
      });
      outgoing.end(body);
    });

  return send;
}

function asText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** Takes the quoted texts out of a header like `299 - "first", 299 - "second"`. */
function warningTexts(header: string): string[] {
  return [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) =>
    quoted.replaceAll(/\\(.)/g, '$1'),
  );
}
