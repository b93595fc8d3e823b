import { mkdirSync } from 'node:fs';
import path from 'node:path';

import type { ProcessGroup, Program } from './process-group.ts';

/** Where an API server of the same group finds it; relative to the group's folder, as a socket's path must be short. */
export const etcdUrl = 'unix://etcd.sock';
const peerUrl = 'unix://etcd-peer.sock';

/** Starts an etcd in the folder of the group. */
export function startEtcd(group: ProcessGroup, file: string): Promise<Program> {
  mkdirSync(path.join(group.folder, 'etcd'), { mode: 0o700 });
  return group.start('etcd', file, [
    '--data-dir=etcd',
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);
}
