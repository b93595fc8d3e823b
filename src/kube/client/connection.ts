import { type IncomingMessage, request as httpRequest } from 'node:http';
import { type RequestOptions, request as httpsRequest } from 'node:https';

import type { KubeConfig } from '@kubernetes/client-node';

import { createAgents } from './http-agents.ts';
import { type KubeconfigChoice, loadKubeconfig } from './kubeconfig.ts';
import { type ProxyVariables, hostOf, parseProxy, placeOf, proxyFor } from './proxy.ts';

/** One request on the wire. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Ends the request and the reading of its answer. */
  readonly signal: AbortSignal;
}

/** Sends requests to the API server of one kubeconfig with the credentials that it names. */
export interface Connection {
  /** Where requests go, and the proxy that they go through, for people. */
  readonly server: string;
  /** Resolves with the head of the answer. */
  send(request: WireRequest): Promise<IncomingMessage>;
  /** Reads the configuration anew: files that changed, and credentials that a plugin had given. */
  reload(): void;
}

/**
 * Opens a connection by a kubeconfig, through the proxy that it or the environment names; throws where there is no usable
 * configuration.
 */
export function createKubeConnection(
  choice: KubeconfigChoice,
  proxies: ProxyVariables = {},
): Connection {
  const agentFor = createAgents();
  let target = load(choice, proxies);

  return {
    get server() {
      const { server, proxy } = target;
      const where = server.href.replace(/\/$/, '');
      return proxy ? `${where} through the proxy ${placeOf(proxy)}` : where;
    },
    reload: () => {
      target = load(choice, proxies);
    },
    send: async (request) => {
      const { config, server, proxy } = target;
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      const secure = server.protocol === 'https:';
      const agent = await agentFor(secure, proxy);
      // A plugin may have taken its time over the credentials.
      request.signal.throwIfAborted();
      return exchange(secure ? httpsRequest : httpRequest, request, {
        ...options,
        agent,
        // By it the agent of a SOCKS proxy finds its free connections.
        protocol: server.protocol,
        host: hostOf(server),
        port: server.port || (secure ? 443 : 80),
        method: request.method,
        path: server.pathname.replace(/\/$/, '') + request.path,
        headers: { ...trimmed(options.headers), ...request.headers },
        signal: request.signal,
      });
    },
  };
}

function exchange(
  open: typeof httpsRequest,
  { method, path, headers, body, signal }: WireRequest,
  options: RequestOptions,
  mayRepeat = method !== 'POST' && method !== 'PUT',
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = open(options, resolve);
    outgoing.on('socket', (socket) => socket.setKeepAlive(true, 30_000));
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // The server had closed a kept connection just as it was used again.
      if (mayRepeat && outgoing.reusedSocket && error.code === 'ECONNRESET')
        resolve(exchange(open, { method, path, headers, body, signal }, options, false));
      else reject(error);
    });
    outgoing.end(body);
  });
}

interface Target {
  readonly config: KubeConfig;
  readonly server: URL;
  readonly proxy: URL | undefined;
}

function load(choice: KubeconfigChoice, proxies: ProxyVariables): Target {
  const config = loadKubeconfig(choice);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('the kubeconfig has no current context with a cluster');
  const { proxyUrl, ...direct } = cluster;
  const server = new URL(cluster.server);
  const proxy = proxyUrl
    ? parseProxy(proxyUrl, "the kubeconfig's proxy-url")
    : proxyFor(server, proxies);
  config.loadFromClusterAndUser(
    {
      ...direct,
      // It refuses plain HTTP, as of `kubectl proxy`, unless its configuration says that nothing is verified.
      skipTLSVerify: cluster.skipTLSVerify || server.protocol === 'http:',
    },
    config.getCurrentUser() ?? { name: 'nobody' },
  );
  return { config, server, proxy };
}

// A token file may end with a line break, which no header may have.
function trimmed(headers: RequestOptions['headers']): Record<string, string> {
  const entries = Object.entries(headers ?? {}).map(([name, value]): [string, string] => [
    name,
    String(value).trim(),
  ]);
  return Object.fromEntries(entries);
}
