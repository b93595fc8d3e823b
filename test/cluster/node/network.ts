import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import type { ProcessGroup } from '../process-group.ts';
import { cgroupHierarchies } from './sandbox.ts';
import { run } from './run.ts';

/** Where a node is, as seen from inside and from this machine. */
export interface NodeNetwork {
  readonly address: string;
  /** This machine. */
  readonly gateway: string;
}

const mounts = `
set -e
# What is mounted from here on stays in this namespace, and reaches the containers that are started in it.
mount --make-rshared /
# Sockets of the shims, locks, state and links that programs keep at fixed places.
mkdir -p /var/lib/cni
for folder in /run /var/log /var/lib/cni; do mount -t tmpfs -o mode=755 sandbox "$folder"; done
mkdir /run/lock
`;

const network = `
set -e
ip link set lo up
ip address add "$ADDRESS/30" dev eth0
ip link set eth0 up
ip route add default via "$GATEWAY"
echo 1 > /proc/sys/net/ipv4/ip_forward
`;

/** Prepares the sandbox of a group for a node and joins it to this machine by a pair of links. */
export async function prepareSandbox(group: ProcessGroup, sandbox: string): Promise<NodeNetwork> {
  for (const hierarchy of cgroupHierarchies()) mkdirSync(path.join(hierarchy, sandbox));
  await run(group, 'mounts', ['sh', '-c', mounts]);
  const range = freeRange();
  const where = { address: `${range}.2`, gateway: `${range}.1` };
  const link = linkOf(sandbox);
  // Both ends go with the namespace of the inner one.
  await ip('link', 'add', link, 'type', 'veth', 'peer', 'eth0', 'netns', String(group.supervisor));
  await ip('address', 'add', `${where.gateway}/30`, 'dev', link);
  await ip('link', 'set', link, 'up');
  await run(group, 'network', ['sh', '-c', network], {
    ADDRESS: where.address,
    GATEWAY: where.gateway,
  });
  return where;
}

/** The name of this machine's end of the pair; the kernel allows 15 characters. */
export function linkOf(sandbox: string): string {
  return `ti-${sandbox.slice(-8)}`;
}

function freeRange(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const used = addresses.map(({ address }) => address.split('.').slice(0, 3).join('.'));
  for (;;) {
    const range = `172.31.${randomInt(256)}`;
    if (!used.includes(range)) return range;
  }
}

async function ip(...args: string[]): Promise<void> {
  await promisify(execFile)('ip', args);
}
