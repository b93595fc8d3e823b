import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';

/** Gives the agent for servers with or without TLS, directly or through a proxy; the same one each time. */
export type AgentFor = (secure: boolean, proxy: URL | undefined) => Promise<HttpAgent>;

/**
 * The agents of one client. Those of KubeConfig keep no connection, and one of each kind is enough: they tell
 * connections with different certificates and authorities apart.
 */
export function createAgents(tunnelTimeoutMs = 60_000): AgentFor {
  const agents = new Map<string, Promise<HttpAgent>>();
  return (secure, proxy) => {
    const key = `${secure} ${proxy?.href}`;
    const agent = agents.get(key) ?? createAgent(secure, proxy, tunnelTimeoutMs);
    agents.set(key, agent);
    return agent;
  };
}

async function createAgent(
  secure: boolean,
  proxy: URL | undefined,
  tunnelTimeoutMs: number,
): Promise<HttpAgent> {
  // The keep-alive probes find a peer that is gone in less than a minute.
  const keepAlive = { keepAlive: true, keepAliveMsecs: 30_000 };
  if (!proxy) return secure ? new HttpsAgent(keepAlive) : new HttpAgent(keepAlive);
  if (proxy.protocol.startsWith('socks')) {
    // On demand: few need it.
    const { SocksProxyAgent } = await import('socks-proxy-agent');
    // The h leaves names to the proxy, as client-go does with and without it.
    return new SocksProxyAgent(proxy.href.replace(/^\w+/, 'socks5h'), keepAlive);
  }
  return secure
    ? new TunnelAgent({ ...keepAlive, proxyEnv: { HTTPS_PROXY: proxy.href } }, tunnelTimeoutMs)
    : new HttpAgent({ ...keepAlive, proxyEnv: { HTTP_PROXY: proxy.href } });
}

// Node closes neither the connection of a tunnel that the proxy refused nor of one that never comes about, and no
// request has it yet whose end would.
class TunnelAgent extends HttpsAgent {
  readonly #tunnelTimeoutMs: number;

  constructor(options: ConstructorParameters<typeof HttpsAgent>[0], tunnelTimeoutMs: number) {
    super(options);
    this.#tunnelTimeoutMs = tunnelTimeoutMs;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, tunnel: Duplex) => void,
  ): Duplex | null | undefined {
    const connection = super.createConnection(options, (error, tunnel) => {
      clearTimeout(late);
      if (error) connection?.destroy();
      callback?.(error, tunnel);
    });
    const late = setTimeout(() => connection?.destroy(), this.#tunnelTimeoutMs).unref();
    return connection;
  }
}
