import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { serverFiles } from '../api-server.ts';
import type { Authority } from '../credentials.ts';
import { formatKubeconfig, type Connection } from '../kubeconfig.ts';
import type { ProcessGroup, Program } from '../process-group.ts';
import { podRange, runtimeSocket } from './container-runtime.ts';

/** The name of the only node. */
export const nodeName = 'node1';

/** What the programs of a node need to know. */
export interface NodeSettings {
  readonly authority: Authority;
  readonly connection: Connection;
  /** Of the node. */
  readonly address: string;
  /** The name of its sandbox, and of its cgroups. */
  readonly sandbox: string;
}

/** Writes what the programs of a node read when they start. */
export async function writeNodeFiles(
  group: ProcessGroup,
  { authority, connection, address, sandbox }: NodeSettings,
): Promise<void> {
  const users = {
    kubelet: await authority.client(`system:node:${nodeName}`, ['system:nodes']),
    'kube-proxy': await authority.client('system:kube-proxy'),
    'kube-scheduler': await authority.client('system:kube-scheduler'),
  };
  const write = (name: string, content: string): void => {
    writeFileSync(path.join(group.folder, name), content);
  };
  for (const [name, user] of Object.entries(users)) {
    write(`${name}.kubeconfig`, formatKubeconfig({ ...connection, ...user }));
  }
  mkdirSync(path.join(group.folder, 'kubelet'));
  write('kubelet.json', JSON.stringify(kubeletConfiguration(group, address, sandbox)));
}

/** Starts the kubelet. */
export function startKubelet(
  group: ProcessGroup,
  file: string,
  { address }: NodeSettings,
  flags: readonly string[],
): Promise<Program> {
  return group.start('kubelet', file, [
    `--config=${path.join(group.folder, 'kubelet.json')}`,
    `--kubeconfig=${path.join(group.folder, 'kubelet.kubeconfig')}`,
    `--root-dir=${path.join(group.folder, 'kubelet')}`,
    `--cert-dir=${path.join(group.folder, 'kubelet/pki')}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${address}`,
    ...flags,
  ]);
}

/** Starts the scheduler. */
export function startScheduler(
  group: ProcessGroup,
  file: string,
  flags: readonly string[],
): Promise<Program> {
  const kubeconfig = path.join(group.folder, 'kube-scheduler.kubeconfig');
  return group.start('kube-scheduler', file, [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    ...flags,
  ]);
}

/** Starts what makes the addresses of Services work. */
export function startProxy(
  group: ProcessGroup,
  file: string,
  flags: readonly string[],
): Promise<Program> {
  return group.start('kube-proxy', file, [
    `--kubeconfig=${path.join(group.folder, 'kube-proxy.kubeconfig')}`,
    `--hostname-override=${nodeName}`,
    `--cluster-cidr=${podRange}`,
    '--proxy-mode=iptables',
    '--iptables-min-sync-period=0s',
    // These are settings of the whole machine.
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
    ...flags,
  ]);
}

function kubeletConfiguration(group: ProcessGroup, address: string, sandbox: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address,
    // Kubelets since 1.35 refuse version 1 of cgroups unless they are told.
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${sandbox}`,
    failSwapOn: false,
    containerRuntimeEndpoint: `unix://${runtimeSocket(group)}`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: path.join(group.folder, serverFiles.authority) },
    },
    authorization: { mode: 'Webhook' },
    enforceNodeAllocatable: [],
    // A machine that is nearly full is a good enough one here.
    evictionHard: {
      'memory.available': '50Mi',
      'nodefs.available': '1%',
      'nodefs.inodesFree': '1%',
      'imagefs.available': '1%',
    },
    imageGCHighThresholdPercent: 100,
    // Values of Secrets are read when a container starts, and tests wait for that.
    configMapAndSecretChangeDetectionStrategy: 'Watch',
    syncFrequency: '5s',
    volumePluginDir: path.join(group.folder, 'kubelet/volume-plugins'),
    podLogsDir: '/var/log/pods',
    // Nobody answers there, but without an address each pod gets a warning.
    clusterDNS: ['10.96.0.10'],
    resolvConf: '',
    maxPods: 250,
  };
}
