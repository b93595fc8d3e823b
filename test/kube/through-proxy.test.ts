import { expect, it } from 'vitest';

import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import { createAgents } from '../../src/kube/client/http-agents.ts';
import type { KubeApi } from '../../src/kube/client/api.ts';
import { createKubeApi } from '../../src/kube/client/http-api.ts';
import type { ProxyVariables } from '../../src/kube/client/proxy.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { type LocalProxy, startHttpProxy, startSocksProxy } from './local-proxy.ts';
import {
  bookmark,
  event,
  type LocalServer,
  startServer,
  stream,
  writeKubeconfig,
} from './local-server.ts';

const { configMaps } = resources;

// A server by a name, since none on the loopback is reached through a proxy; no name is looked up but by the proxy.
const name = 'api.test';
const target = `${name}:6443`;
const { ca, cert, key } = await issueDevelopmentCertificate([name], new Date());

function kubeconfigOf(cluster: Readonly<Record<string, unknown>> = {}): string {
  const data = Buffer.from(ca).toString('base64');
  return writeKubeconfig({
    cluster: { server: `https://${target}`, 'certificate-authority-data': data, ...cluster },
    user: { token: 'sesame' },
  });
}

async function openThrough(
  proxies: ProxyVariables,
  cluster: Readonly<Record<string, unknown>> = {},
): Promise<KubeApi> {
  return createKubeApi({ kubeconfig: kubeconfigOf(cluster), proxies, random: () => 0.5 });
}

async function startBoth(): Promise<{ server: LocalServer; proxy: LocalProxy }> {
  const server = await startServer({ tls: { cert, key } });
  return { server, proxy: await startHttpProxy({ server: server.url }) };
}

it('sends requests and watches through the proxy of the environment, on shared connections', async () => {
  const { server, proxy } = await startBoth();
  const api = await openThrough({ httpsProxy: `http://127.0.0.1:${proxy.port}` });
  expect(await api.get(configMaps, 'a', 'ours')).toBeUndefined();
  expect(await api.get(configMaps, 'b', 'ours')).toBeUndefined();
  expect(proxy.asked).toEqual([target]);
  expect(server.connections()).toBe(1);

  server.next(stream([event('ADDED', 'a', '2'), bookmark('3')], 'end'));
  const seen = [];
  for await (const { type } of api.watch(configMaps, {}, '1', new AbortController().signal))
    seen.push(type);
  expect(seen).toEqual(['BOOKMARK', 'ADDED', 'BOOKMARK']);
  expect(proxy.asked).toEqual([target]);
  // The tunnel is encrypted: what is for the API server is not for the proxy.
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(
    Array.from({ length: 3 }, () => 'Bearer sesame'),
  );
  expect(JSON.stringify(proxy.headers())).not.toContain('sesame');
});

it('closes the proxy connection of an aborted watch', async () => {
  const { server, proxy } = await startBoth();
  const api = await openThrough({ httpsProxy: `127.0.0.1:${proxy.port}` });
  server.next(stream([event('ADDED', 'a', '2')]));
  const stop = new AbortController();
  for await (const { type } of api.watch(configMaps, {}, '1', stop.signal))
    if (type === 'ADDED') stop.abort();
  await expect(proxy.closed).resolves.toBeUndefined();
});

it('sends the credentials of the proxy URL to the proxy only', async () => {
  const { server, proxy } = await startBoth();
  const api = await openThrough({ httpsProxy: `http://ours:p%40ss@127.0.0.1:${proxy.port}` });
  expect(await api.get(configMaps, 'a', 'ours')).toBeUndefined();
  const basic = `Basic ${Buffer.from('ours:p@ss').toString('base64')}`;
  expect(proxy.headers()['proxy-authorization']).toBe(basic);
  expect(server.requests[0]?.headers['proxy-authorization']).toBeUndefined();
});

it('lets a SOCKS proxy resolve the server name', async () => {
  const server = await startServer({ tls: { cert, key } });
  const proxy = await startSocksProxy(server.url);
  const api = await openThrough({ httpsProxy: `socks5://127.0.0.1:${proxy.port}` });
  expect(await api.get(configMaps, 'a', 'ours')).toBeUndefined();
  expect(await api.get(configMaps, 'b', 'ours')).toBeUndefined();
  expect(proxy.asked).toEqual([target]);
});

it('prefers the proxy of the kubeconfig, and ignores NO_PROXY for it', async () => {
  const { proxy } = await startBoth();
  const proxies = { httpsProxy: 'http://127.0.0.1:1', noProxy: '*' };
  const api = await openThrough(proxies, { 'proxy-url': `http://127.0.0.1:${proxy.port}` });
  expect(await api.get(configMaps, 'a', 'ours')).toBeUndefined();
  expect(proxy.asked).toEqual([target]);
});

it('asks the proxy for the absolute URL of an API server without TLS', async () => {
  const proxy = await startHttpProxy({});
  const httpProxy = `http://127.0.0.1:${proxy.port}`;
  const proxies = { httpProxy, httpsProxy: 'http://127.0.0.1:1' };
  const api = await openThrough(proxies, { server: `http://${name}:8001` });
  // A 404 of the proxy says nothing of the object.
  await expect(api.get(configMaps, 'a', 'ours')).rejects.toMatchObject({ status: 404 });
  expect(proxy.asked).toEqual([`http://${name}:8001/api/v1/namespaces/ours/configmaps/a`]);
});

it('connects to a local server without the proxy', async () => {
  const server = await startServer();
  const proxies = { httpProxy: 'http://127.0.0.1:1', httpsProxy: 'http://127.0.0.1:1' };
  const api = await createKubeApi({ kubeconfig: server.kubeconfig, proxies });
  expect(await api.get(configMaps, 'a', 'ours')).toBeUndefined();
});

it('reports a proxy that refuses without its credentials, and closes the connection', async () => {
  const proxy = await startHttpProxy({ answer: '407 Proxy Authentication Required' });
  const place = `http://127.0.0.1:${proxy.port}`;
  const api = await openThrough({ httpsProxy: place.replace('//', '//ours:secret@') });
  await expect(api.list(configMaps)).rejects.toMatchObject({
    status: 0,
    reason: 'ERR_PROXY_TUNNEL',
    message:
      `cannot list configmaps: no answer from https://${target} through the proxy ${place}: ` +
      `Failed to establish tunnel to ${target} via ${place}/: HTTP/1.1 407 Proxy Authentication Required`,
  });
  await proxy.closed;
});

it('reports a proxy that nobody reaches without its credentials', async () => {
  const api = await openThrough({ httpsProxy: 'http://ours:secret@127.0.0.1:1' });
  await expect(api.list(configMaps)).rejects.toMatchObject({
    status: 0,
    reason: 'ECONNREFUSED',
    message:
      `cannot list configmaps: no answer from https://${target} through the proxy http://127.0.0.1:1: ` +
      'connect ECONNREFUSED 127.0.0.1:1',
  });
  const socks = await openThrough({ httpsProxy: 'socks5://ours:secret@127.0.0.1:1' });
  const error = await socks.list(configMaps).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    message: expect.stringContaining('through the proxy socks5://127.0.0.1:1: connect ECONN'),
  });
  expect(String(error)).not.toContain('secret');
});

it('reports a proxy that never answers with the server, without its credentials', async () => {
  const proxy = await startHttpProxy({ answer: 'none' });
  const place = `http://127.0.0.1:${proxy.port}`;
  const kubeconfig = kubeconfigOf();
  const proxies = { httpsProxy: place.replace('//', '//ours:secret@') };
  const api = await createKubeApi({ kubeconfig, proxies, timeoutMs: 100 });
  const route = `https://${target} through the proxy ${place}`;
  expect(api.server()).toBe(route);
  await expect(api.list(configMaps)).rejects.toMatchObject({
    reason: 'Timeout',
    message: `cannot list configmaps: no answer from ${route} within 0.1 s`,
  });
});

it('closes the connection of a tunnel that is not established', async () => {
  const proxy = await startHttpProxy({ answer: 'none' });
  const agent = await createAgents(50)(true, new URL(`http://127.0.0.1:${proxy.port}`));
  agent.createConnection({ host: name, port: 6443 });
  await proxy.closed;
  expect(proxy.asked).toEqual([target]);
});

it.each([
  ['HTTPS_PROXY', { httpsProxy: 'ftp://ours:secret@proxy.test' }, {}],
  ['HTTPS_PROXY', { httpsProxy: 'http://ours:secret@:3128' }, {}],
  ["the kubeconfig's proxy-url", {}, { 'proxy-url': 'gopher://ours:secret@proxy.test' }],
])('a %s that names no proxy is an error that quotes nothing', async (where, proxies, cluster) => {
  await expect(openThrough(proxies, cluster)).rejects.toMatchObject({
    name: 'KubeError',
    message: `${where} is no URL of a proxy that begins with http, https or socks5`,
  });
});
