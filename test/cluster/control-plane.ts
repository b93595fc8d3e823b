import { writeFileSync } from 'node:fs';
import path from 'node:path';

import {
  serverFiles,
  startApiServer,
  startApiServerOn,
  writeServerFiles,
  type Place,
} from './api-server.ts';
import type { ControlPlaneBinaries } from './binaries.ts';
import { startControllerManager } from './controller-manager.ts';
import { createAuthority, type Authority } from './credentials.ts';
import { etcdUrl, startEtcd } from './etcd.ts';
import { formatKubeconfig, type Connection } from './kubeconfig.ts';
import { openProcessGroup } from './process-group.ts';

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
  /** Ends the API server; etcd and the controller manager go on. */
  stopApiServer(): Promise<void>;
  /** Starts the API server anew, under the same address, after it was stopped. */
  startApiServer(): Promise<void>;
  stop(): Promise<void>;
}

const loopback: Place = {
  address: '127.0.0.1',
  // A range inside 127.0.0.0/8: whatever listens on a Service's address on this machine is that Service.
  services: '127.96.0.0/16',
  firstService: '127.96.0.1',
  flags: [
    // It would publish a loopback address, which an EndpointSlice refuses.
    '--endpoint-reconciler-type=none',
    // Nobody here would ever take the "not ready" taint off a Node that a test made up.
    '--disable-admission-plugins=TaintNodesByCondition',
  ],
};

/** Starts a control plane of its own, on loopback and in a temporary folder; it is ready when this returns. */
export async function startControlPlane(
  binaries: Omit<ControlPlaneBinaries, 'kubectl'>,
  options: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  const group = openProcessGroup();
  try {
    const authority = await createAuthority('test-control-plane');
    await writeServerFiles(group.folder, authority, loopback);
    const settings = {
      file: binaries['kube-apiserver'],
      etcd: await startEtcd(group, binaries.etcd),
      etcdUrl,
      authority,
      administrator: await authority.client('admin', ['system:masters']),
      place: loopback,
    };
    let server = await startApiServer(group, settings, options.apiServerFlags ?? []);
    const { connection, port } = server;
    const kubeconfig = path.join(group.folder, 'admin.kubeconfig');
    writeFileSync(kubeconfig, formatKubeconfig(connection));
    await startControllerManager(group, {
      file: binaries['kube-controller-manager'],
      authority,
      server,
      flags: [
        // There is no kubelet: these two would find every Node dead and take its pods away.
        '--controllers=*,-node-lifecycle-controller,-taint-eviction-controller',
        ...(options.controllerManagerFlags ?? []),
      ],
    });
    return {
      kubeconfig,
      url: connection.server,
      connection,
      authority,
      logs: group.logs,
      auditLog: path.join(group.folder, serverFiles.auditLog),
      // The controller manager's connections would hold it for as long as it may take.
      stopApiServer: () => server.program.stop({ graceMs: 1000 }),
      startApiServer: async () => {
        server = await startApiServerOn(port, group, settings, options.apiServerFlags ?? []);
      },
      stop: () => group.close(),
    };
  } catch (error) {
    await group.close();
    throw error;
  }
}
