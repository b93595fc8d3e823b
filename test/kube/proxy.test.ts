import { expect, it } from 'vitest';

import { placeOf, proxyFor } from '../../src/kube/client/proxy.ts';

const proxies = { httpsProxy: 'http://secure.test:3128', httpProxy: 'http://plain.test:3128' };

it.each([
  ['https://api.test:6443', proxies, 'http://secure.test:3128'],
  ['http://api.test:8001', proxies, 'http://plain.test:3128'],
  ['https://api.test:6443', { ...proxies, httpsProxy: '' }, undefined],
  ['https://api.test:6443', {}, undefined],
  ['https://api.test', { httpsProxy: 'proxy.test:3128' }, 'http://proxy.test:3128'],
  ['https://api.test', { httpsProxy: 'proxy' }, 'http://proxy'],
  ['https://api.test', { httpsProxy: 'https://proxy.test:443' }, 'https://proxy.test'],
  ['https://api.test', { httpsProxy: 'socks5://a:b@[fd00::1]:1080' }, 'socks5://[fd00::1]:1080'],
])('%s with %j is reached through %s', (server, variables, place) => {
  const proxy = proxyFor(new URL(server), variables);
  expect(proxy && placeOf(proxy)).toBe(place);
});

// The tables of golang.org/x/net/http/httpproxy, and what a kubeconfig or a pod names.
const entries = [
  'foobar.com',
  ' .barbaz.net',
  '*.Wildcard.io',
  '192.168.1.1',
  '192.168.1.2:81',
  '192.168.1.3:80',
  '10.0.0.0/30',
  '2001:db8::52:0:1',
  '[2001:db8::52:0:2]:443',
  '[2001:db8::52:0:3]:80',
  '2002:db8:a::45/64',
  'api.test:6443',
  '.示例.com',
  ':1',
  '',
  '10.0.0.0/33',
  'no/network',
];

it.each([
  ['localhost', false],
  ['127.0.0.1', false],
  ['127.0.0.2', false],
  ['[::1]', false],
  ['[::ffff:127.0.0.1]', false],
  ['[::2]', true],
  ['localhost.net', true],
  ['local.localhost', true],
  ['192.168.1.1', false],
  ['192.168.1.2', true],
  ['192.168.1.3', false],
  ['192.168.1.4', true],
  ['10.0.0.2', false],
  ['10.0.0.4', true],
  ['[2001:db8::52:0:1]', false],
  ['[2001:db8::52:0:2]', true],
  ['[2001:db8::52:0:3]', false],
  ['[2002:db8:a::123]', false],
  ['[fe80::424b:c8be:1643:a1b6]', true],
  ['barbaz.net', true],
  ['www.barbaz.net', false],
  ['barbarbaz.net', true],
  ['foobar.com', false],
  ['FOOBAR.com', false],
  ['www.foobar.com', false],
  ['foofoobar.com', true],
  ['baz.com', true],
  ['wildcard.io', true],
  ['nested.wildcard.io', false],
  ['awildcard.io', true],
  ['www.xn--fsq092h.com', false],
  ['api.test:6443', false],
  ['api.test', true],
])('NO_PROXY leaves out or not: %s goes through the proxy: %s', (host, proxied) => {
  const variables = { ...proxies, noProxy: entries.join(',') };
  const proxy = proxyFor(new URL(`http://${host}`), variables);
  expect(proxy !== undefined).toBe(proxied);
});

it.each(['*', 'api.test,*', ' * '])('NO_PROXY %j leaves out every server', (noProxy) => {
  expect(proxyFor(new URL('https://api.test'), { ...proxies, noProxy })).toBeUndefined();
});

it('takes the default port of the protocol', () => {
  const variables = { ...proxies, noProxy: 'api.test:443,10.96.0.1:443' };
  expect(proxyFor(new URL('https://api.test'), variables)).toBeUndefined();
  expect(proxyFor(new URL('https://10.96.0.1:443'), variables)).toBeUndefined();
  expect(proxyFor(new URL('http://api.test'), variables)).toBeDefined();
});
