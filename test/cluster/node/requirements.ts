import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import process from 'node:process';
import { promisify } from 'node:util';

import { programOnPath } from '../binaries.ts';
import { cgroupHierarchies } from './sandbox.ts';

/** Says why a node cannot be had on this machine, and what would help. */
export class NodeUnavailable extends Error {
  override readonly name = 'NodeUnavailable';
}

/** Programs, or full paths of files, and the Debian packages that have them. */
const needed = {
  containerd: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  '/usr/lib/cni/ptp': 'containernetworking-plugins',
  iptables: 'iptables',
  ip: 'iproute2',
  conntrack: 'conntrack',
  buildah: 'buildah',
  unshare: 'util-linux',
  mount: 'mount',
  ldd: 'libc-bin',
} as const;

/** What a node does with namespaces, tried where it changes nothing. */
const probe = `
set -e
mount --make-rshared /
mount -t tmpfs probe /run
ip link add probe type veth peer name probe2
iptables --table nat --list >/dev/null
`;

/** Fails with a NodeUnavailable if this machine cannot run a node. */
export async function checkRequirements(): Promise<void> {
  if (process.platform !== 'linux') throw new NodeUnavailable('a node needs Linux');
  const missing = whatIsMissing((program) => programOnPath(program) !== undefined);
  if (missing !== undefined) throw new NodeUnavailable(missing);
  if (process.getuid?.() !== 0) throw new NodeUnavailable('a node needs root');
  try {
    for (const hierarchy of cgroupHierarchies()) accessSync(hierarchy, constants.W_OK);
    await promisify(execFile)('unshare', ['--mount', '--net', '--', 'sh', '-c', probe]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NodeUnavailable(`this machine does not let a node run: ${reason}`, { cause: error });
  }
}

/** Says which programs a machine lacks, and how to get them. */
export function whatIsMissing(isPresent: (program: string) => boolean): string | undefined {
  const missing = Object.entries(needed).filter(([program]) => !isPresent(program));
  if (missing.length === 0) return undefined;
  const packages = new Set(missing.map(([, name]) => name));
  const programs = missing.map(([program]) => program);
  return `a node needs ${programs.join(', ')}: apt-get install ${[...packages].join(' ')}`;
}
