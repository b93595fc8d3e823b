import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import {
  serverFiles,
  startApiServer,
  startApiServerOn,
  writeServerFiles,
  type ApiServer,
} from './api-server.ts';
import { accepted, createApi } from './api.ts';
import type { ControlPlaneBinaries } from './binaries.ts';
import { createAuthority, type Authority } from './credentials.ts';
import { eventually } from './eventually.ts';
import { formatKubeconfig, type Connection } from './kubeconfig.ts';
import {
  openProcessGroup,
  whileRunning,
  type ProcessGroup,
  type Program,
} from './process-group.ts';

/** Flags that are added to those that the control plane gives its programs. */
export interface ControlPlaneOptions {
  readonly apiServerFlags?: readonly string[];
  readonly controllerManagerFlags?: readonly string[];
}

/** A running etcd, kube-apiserver and kube-controller-manager. */
export interface ControlPlane {
  /** File of an administrator. */
  readonly kubeconfig: string;
  readonly url: string;
  /** How an administrator connects. */
  readonly connection: Connection;
  /** Issues certificates for further users. */
  readonly authority: Authority;
  /** Holds a log of each program; goes with everything else on stop. */
  readonly logs: string;
  /** One JSON event a line, with what was written and answered. */
  readonly auditLog: string;
  /** Starts the API server anew, under the same address, with these flags instead of `apiServerFlags`. */
  restartApiServer(flags?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Relative to the folder of the group, since the path of a socket must be short. */
const etcdUrl = 'unix://etcd.sock';
const etcdPeerUrl = 'unix://etcd-peer.sock';
const managerKubeconfig = 'controller-manager.kubeconfig';

/** Starts a control plane of its own, on loopback and in a temporary folder; it is ready when this returns. */
export async function startControlPlane(
  binaries: Omit<ControlPlaneBinaries, 'kubectl'>,
  options: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  const group = openProcessGroup();
  try {
    const authority = await createAuthority('test-control-plane');
    await writeServerFiles(group.folder, authority);
    const settings = {
      file: binaries['kube-apiserver'],
      etcd: await startEtcd(group, binaries.etcd),
      etcdUrl,
      authority,
      administrator: await authority.client('admin', ['system:masters']),
    };
    let server = await startApiServer(group, settings, options.apiServerFlags ?? []);
    const { connection, port } = server;
    const kubeconfig = path.join(group.folder, 'admin.kubeconfig');
    writeFileSync(kubeconfig, formatKubeconfig(connection));
    const manager = await authority.client('system:kube-controller-manager');
    writeFileSync(
      path.join(group.folder, managerKubeconfig),
      formatKubeconfig({ ...connection, ...manager }),
    );
    const flags = options.controllerManagerFlags ?? [];
    await startControllerManager(group, binaries['kube-controller-manager'], { server, flags });
    return {
      kubeconfig,
      url: connection.server,
      connection,
      authority,
      logs: group.logs,
      auditLog: path.join(group.folder, serverFiles.auditLog),
      restartApiServer: async (changed = []) => {
        // The controller manager's connections would hold it for as long as it may take.
        await server.program.stop({ graceMs: 1000 });
        server = await startApiServerOn(port, group, settings, changed);
      },
      stop: () => group.close(),
    };
  } catch (error) {
    await group.close();
    throw error;
  }
}

function startEtcd(group: ProcessGroup, file: string): Promise<Program> {
  mkdirSync(path.join(group.folder, 'etcd'), { mode: 0o700 });
  return group.start('etcd', file, [
    '--data-dir=etcd',
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${etcdPeerUrl}`,
    `--initial-advertise-peer-urls=${etcdPeerUrl}`,
    `--initial-cluster=default=${etcdPeerUrl}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);
}

async function startControllerManager(
  group: ProcessGroup,
  file: string,
  { server, flags }: { readonly server: ApiServer; readonly flags: readonly string[] },
): Promise<void> {
  const program = await group.start('kube-controller-manager', file, [
    `--kubeconfig=${managerKubeconfig}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials',
    // Each controller asks for a token of its own at the start, which takes seconds at the default rate.
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    `--root-ca-file=${serverFiles.authority}`,
    `--service-account-private-key-file=${serverFiles.tokenKey}`,
    // There is no kubelet: these two would find every Node dead and take its pods away.
    '--controllers=*,-node-lifecycle-controller,-taint-eviction-controller',
    ...flags,
  ]);
  const api = createApi(server.connection);
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'default' },
  };
  await whileRunning([server.program, program], (signal) =>
    eventually('the first ServiceAccount', () => accepted(api.get(account)), { signal }),
  );
}
