import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions, request as httpsRequest } from 'node:https';

import { KubeConfig } from '@kubernetes/client-node';

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
  readonly server: string;
  /** Resolves with the head of the answer. */
  send(request: WireRequest): Promise<IncomingMessage>;
  /** Reads the configuration anew: files that changed, and credentials that a plugin had given. */
  reload(): void;
}

/**
 * Opens a connection by a kubeconfig file, else by what KUBECONFIG, ~/.kube/config or the service account of the pod
 * say; throws where there is no usable configuration.
 */
export function openConnection(kubeconfig: string | undefined): Connection {
  // The agents of KubeConfig keep no connection, and one of each kind is enough: they tell connections with different
  // certificates and authorities apart. Their keep-alive probes find a peer that is gone in less than a minute.
  const keepAlive = { keepAlive: true, keepAliveMsecs: 30_000 };
  const agents = { 'https:': new HttpsAgent(keepAlive), 'http:': new HttpAgent(keepAlive) };
  let config = load(kubeconfig);

  return {
    server: clusterOf(config).server,
    reload: () => {
      config = load(kubeconfig);
    },
    send: async (request) => {
      const cluster = clusterOf(config);
      const server = new URL(cluster.server);
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      // A plugin may have taken its time over the credentials.
      request.signal.throwIfAborted();
      const secure = server.protocol === 'https:';
      const own = secure ? agents['https:'] : agents['http:'];
      return exchange(secure ? httpsRequest : httpRequest, request, {
        ...options,
        ...(!cluster.proxyUrl && { agent: own }),
        host: server.hostname.replaceAll(/^\[|\]$/g, ''),
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

function load(kubeconfig: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  const cluster = clusterOf(config);
  const user = config.getCurrentUser();
  // It refuses plain HTTP, as of `kubectl proxy`, unless it is told that nothing is verified.
  if (cluster.server.startsWith('http:') && !cluster.skipTLSVerify)
    config.loadFromClusterAndUser({ ...cluster, skipTLSVerify: true }, user ?? { name: 'nobody' });
  return config;
}

function clusterOf(config: KubeConfig): NonNullable<ReturnType<KubeConfig['getCurrentCluster']>> {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('the kubeconfig has no current context with a cluster');
  return cluster;
}

// A token file may end with a line break, which no header may have.
function trimmed(headers: RequestOptions['headers']): Record<string, string> {
  const entries = Object.entries(headers ?? {}).map(([name, value]): [string, string] => [
    name,
    String(value).trim(),
  ]);
  return Object.fromEntries(entries);
}
