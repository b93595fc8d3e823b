import { isDnsLabel, isDnsSubdomain, isServiceName } from '../core/kubernetes-names.ts';
import { group } from '../core/identity.ts';
import { InvalidArgumentError } from 'commander';

/** A port. */
export function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65_535)
    throw new InvalidArgumentError('Want a port: 0 (any free one) to 65535.');
  return number;
}

/** A number of seconds, up to an hour. */
export function seconds(value: string): number {
  const number = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || number > 3_600)
    throw new InvalidArgumentError('Want seconds: 0 to 3600.');
  return number;
}

/** Words, separated by commas. */
export function words(value: string): string[] {
  return value.split(',').map((word) => word.trim());
}

/** Names of Kubernetes objects, separated by commas. */
export function names(value: string): string[] {
  const list = words(value);
  if (!list.every(isDnsSubdomain))
    throw new InvalidArgumentError('Want names of Kubernetes objects, separated by commas.');
  return list;
}

/** The name of a namespace. */
export function namespace(value: string): string {
  if (!isDnsLabel(value))
    throw new InvalidArgumentError(
      'Want the name of a namespace: at most 63 lower-case letters, digits and "-".',
    );
  return value;
}

/** Names of namespaces, separated by commas. */
export function namespaces(value: string): string[] {
  const list = words(value);
  if (!list.every(isDnsLabel))
    throw new InvalidArgumentError('Want names of namespaces, separated by commas.');
  return list;
}

/** One more annotation, `KEY=VALUE`, beside those that were given before. */
export function annotation(
  value: string,
  before: Readonly<Record<string, string>>,
): Record<string, string> {
  const [, key, text = ''] = /^([^=\s]+)=([^]*)$/.exec(value) ?? [];
  if (key === undefined) throw new InvalidArgumentError('Want KEY=VALUE.');
  if (key.startsWith(`${group}/`))
    throw new InvalidArgumentError(`The annotations of ${group} are not set by a flag.`);
  return { ...before, [key]: text };
}

/** TokenPolicies and a ClusterRole for each: `POLICY=CLUSTERROLE`, separated by commas. */
export function policyRoles(value: string): ReadonlyMap<string, string> {
  const pairs = value.split(',').map((pair) => names(pair.replace('=', ',')));
  if (!pairs.every((pair) => pair.length === 2))
    throw new InvalidArgumentError('Want POLICY=CLUSTERROLE, separated by commas.');
  return new Map(pairs.map(([policy, role]) => [policy!, role!]));
}

/** A Service and its port: `NAME` or `NAME:PORT`. */
export function service(value: string): { name: string; port: number } {
  const [, name = '', number = '443'] = /^([^:]*)(?::(\d+))?$/.exec(value) ?? [];
  if (!isServiceName(name))
    throw new InvalidArgumentError('Want the name of a Service, or NAME:PORT.');
  return { name, port: port(number) };
}

/** A timeout in milliseconds as kubectl takes it: a number of seconds, or a duration such as `10s`. */
export function requestTimeout(value: string): number {
  const milliseconds = duration(/^\d+$/.test(value) ? `${value}s` : value);
  // A timer takes no more.
  if (milliseconds >= 2 ** 31) throw new InvalidArgumentError('Want at most 24d.');
  return milliseconds;
}

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as `90d`, in milliseconds. */
export function duration(value: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  const milliseconds = Number(count) * units[unit as keyof typeof units];
  if (!(milliseconds > 0))
    throw new InvalidArgumentError('Want a duration such as 90d, 12h, 30m or 45s.');
  return milliseconds;
}
