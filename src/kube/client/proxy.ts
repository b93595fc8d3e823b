import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** The variables of the environment that name proxies, as they are: empty or absent where there is none. */
export interface ProxyVariables {
  /** For servers with https. */
  readonly httpsProxy?: string | undefined;
  /** For servers with http. */
  readonly httpProxy?: string | undefined;
  /** What is reached without one: hosts with their subdomains, addresses, CIDRs, each with or without port, or `*`. */
  readonly noProxy?: string | undefined;
}

/** What names a proxy names none that we can talk to; the message quotes nothing, for it may hold a password. */
export class BadProxy extends Error {
  override readonly name = 'BadProxy';
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** The proxy that client-go takes to a server, by golang.org/x/net/http/httpproxy; undefined for none. */
export function proxyFor(server: URL, variables: ProxyVariables): URL | undefined {
  const secure = server.protocol === 'https:';
  const value = secure ? variables.httpsProxy : variables.httpProxy;
  if (!value) return undefined;
  const target = { host: hostOf(server), port: server.port || (secure ? '443' : '80') };
  if (isLocal(target) || isExcluded(target, variables.noProxy ?? '')) return undefined;
  return parseProxy(value, secure ? 'HTTPS_PROXY' : 'HTTP_PROXY');
}

/** Reads the URL of a proxy, http without a scheme; throws BadProxy that tells `where` it stands. */
export function parseProxy(value: string, where: string): URL {
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (!url || url.hostname === '' || !/^(https?|socks5h?):$/.test(url.protocol))
    throw new BadProxy(`${where} is no URL of a proxy that begins with http, https or socks5`);
  return url;
}

/** Where a proxy is, without the credentials that its URL may hold. */
export function placeOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

/** The host of a URL as programs that connect want it. */
export function hostOf({ hostname }: URL): string {
  return hostname.replaceAll(/^\[|\]$/g, '');
}

interface Target {
  readonly host: string;
  readonly port: string;
}

function isLocal({ host }: Target): boolean {
  return host === 'localhost' || contains(loopback, host);
}

function isExcluded(target: Target, noProxy: string): boolean {
  const entries = noProxy.toLowerCase().split(',');
  return entries.some((entry) => covers(entry.trim(), target));
}

function covers(entry: string, { host, port }: Target): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return contains(network(entry), host);
  const excluded = splitPort(entry);
  if (excluded.port !== '' && excluded.port !== port) return false;
  const bits = { 0: undefined, 4: 32, 6: 128 }[isIP(excluded.host)];
  if (bits !== undefined) return contains(network(`${excluded.host}/${bits}`), host);
  // `example.com` is a host and its subdomains, `.example.com` and `*.example.com` only these.
  const name = excluded.host.replace(/^\*(?=\.)/, '');
  const domain = domainToASCII(name.replace(/^\./, ''));
  if (domain === '' || isIP(host) !== 0) return false;
  return host.endsWith(`.${domain}`) || (host === domain && !name.startsWith('.'));
}

function splitPort(entry: string): Target {
  if (isIP(entry) !== 0) return { host: entry, port: '' };
  const [, bracketed, bare = '', port = ''] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(entry) ?? [];
  return { host: bracketed ?? bare, port };
}

function network(cidr: string): BlockList {
  const list = new BlockList();
  const [, address = '', bits = ''] = /^(.*)\/(\d{1,3})$/.exec(cidr) ?? [];
  if (isIP(address) !== 0 && Number(bits) <= (isIP(address) === 4 ? 32 : 128))
    list.addSubnet(address, Number(bits), familyOf(address));
  return list;
}

function contains(list: BlockList, host: string): boolean {
  return isIP(host) !== 0 && list.check(host, familyOf(host));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
