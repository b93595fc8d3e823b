import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import {
  serverFiles,
  startApiServerOn,
  writeServerFiles,
  type ApiServer,
  type Place,
} from '../api-server.ts';
import { accepted, createApi, type Api, type KubeObject } from '../api.ts';
import type { NodeBinaries } from '../binaries.ts';
import { startControllerManager } from '../controller-manager.ts';
import { createAuthority, type Authority } from '../credentials.ts';
import { etcdUrl, startEtcd } from '../etcd.ts';
import { eventually } from '../eventually.ts';
import { formatKubeconfig } from '../kubeconfig.ts';
import {
  openProcessGroup,
  whileRunning,
  type ProcessGroup,
  type Program,
} from '../process-group.ts';
import { importImages, importPauseImage, startContainerRuntime } from './container-runtime.ts';
import { nodeName, startKubelet, startProxy, startScheduler, writeNodeFiles } from './kubelet.ts';
import { prepareSandbox } from './network.ts';

/** A program of a node that tests may end and start again. */
type NodeProgram = 'kube-apiserver' | 'kube-scheduler' | 'kubelet' | 'kube-proxy';

/** A running Kubernetes node with its control plane, in a sandbox of its own. */
export interface Node {
  /** File of an administrator; it works from outside of the sandbox. */
  readonly kubeconfig: string;
  /** The name of its cgroups. */
  readonly sandbox: string;
  readonly folder: string;
  readonly logs: string;
  readonly auditLog: string;
  /** A process inside, for `nsenter --net --mount --target`. */
  readonly supervisor: number;
  /** Puts the images of an archive into the container runtime. */
  loadImages(archive: string): Promise<void>;
  /** Ends a program by SIGKILL and leaves it ended. */
  kill(name: NodeProgram): Promise<void>;
  /** Ends a program if it runs, and starts it with these flags added. */
  restart(name: NodeProgram, flags?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

const securePort = 6443;
const clientFiles = { certificate: 'kubelet-client.crt', key: 'kubelet-client.key' };

/** Starts a node; it is ready for pods when this returns. */
export async function startNode(
  binaries: NodeBinaries,
  { pauseArchive }: { readonly pauseArchive: string },
): Promise<Node> {
  const sandbox = `token-injector-${randomBytes(4).toString('hex')}`;
  const group = openProcessGroup({ sandbox });
  try {
    const { address } = await prepareSandbox(group, sandbox);
    const authority = await createAuthority('test-node');
    const runtime = startContainerRuntime(group);
    const pause = runtime.then(() => importPauseImage(group, pauseArchive));
    const apiServer = await prepareApiServer(group, { binaries, authority, address });
    const [server] = await Promise.all([apiServer([]), pause]);
    const settings = { authority, connection: server.connection, address, sandbox };
    await writeNodeFiles(group, settings);
    const programs = new Map<NodeProgram, Keeping>([
      ['kube-apiserver', { start: async (flags) => (await apiServer(flags)).program }],
      [
        'kube-scheduler',
        { start: (flags) => startScheduler(group, binaries['kube-scheduler'], flags) },
      ],
      ['kubelet', { start: (flags) => startKubelet(group, binaries.kubelet, settings, flags) }],
      ['kube-proxy', { start: (flags) => startProxy(group, binaries['kube-proxy'], flags) }],
    ]);
    programs.get('kube-apiserver')!.running = server.program;
    const restart: Node['restart'] = async (name, flags = []) => {
      const program = programs.get(name)!;
      // Others' connections would hold an API server for as long as it may take.
      await program.running?.stop({ graceMs: 1000 });
      program.running = await program.start(flags);
    };
    const manager = startControllerManager(group, {
      file: binaries['kube-controller-manager'],
      authority,
      server,
      flags: [],
    });
    for (const name of ['kubelet', 'kube-scheduler', 'kube-proxy'] as const) await restart(name);
    const watched = [
      server.program,
      ...[...programs.values()].flatMap(({ running }) => running ?? []),
    ];
    await Promise.all([
      manager,
      whileRunning(watched, (signal) => nodeReady(createApi(server.connection), signal)),
    ]);
    const kubeconfig = path.join(group.folder, 'admin.kubeconfig');
    writeFileSync(kubeconfig, formatKubeconfig(server.connection));
    return {
      kubeconfig,
      sandbox,
      folder: group.folder,
      logs: group.logs,
      auditLog: path.join(group.folder, serverFiles.auditLog),
      supervisor: group.supervisor,
      loadImages: (archive) => importImages(group, archive),
      kill: async (name) => {
        const { running } = programs.get(name)!;
        if (running === undefined) return;
        process.kill(running.pid, 'SIGKILL');
        await running.ended;
      },
      restart,
      stop: () => group.close(),
    };
  } catch (error) {
    await group.close();
    throw error;
  }
}

interface Keeping {
  running?: Program;
  readonly start: (flags: readonly string[]) => Promise<Program>;
}

/** Starts etcd and gives back how to start an API server on it. */
async function prepareApiServer(
  group: ProcessGroup,
  { binaries, authority, address }: ApiServerNeeds,
): Promise<(flags: readonly string[]) => Promise<ApiServer>> {
  const place: Place = {
    address,
    services: '10.96.0.0/16',
    firstService: '10.96.0.1',
    flags: [
      '--kubelet-preferred-address-types=InternalIP',
      `--kubelet-client-certificate=${clientFiles.certificate}`,
      `--kubelet-client-key=${clientFiles.key}`,
    ],
  };
  await writeServerFiles(group.folder, authority, place);
  const client = await authority.client('kube-apiserver', ['system:masters']);
  writeFileSync(path.join(group.folder, clientFiles.certificate), client.certificate);
  writeFileSync(path.join(group.folder, clientFiles.key), client.key);
  const settings = {
    file: binaries['kube-apiserver'],
    etcd: await startEtcd(group, binaries.etcd),
    etcdUrl,
    authority,
    administrator: await authority.client('admin', ['system:masters']),
    place,
  };
  return (flags) => startApiServerOn(securePort, group, settings, flags);
}

interface ApiServerNeeds {
  readonly binaries: NodeBinaries;
  readonly authority: Authority;
  readonly address: string;
}

interface NodeObject extends KubeObject {
  readonly spec: { readonly taints?: readonly unknown[] };
  readonly status: {
    readonly conditions?: readonly { type: string; status: string; message: string }[];
  };
}

function nodeReady(api: Api, signal: AbortSignal): Promise<void> {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName } };
  return eventually(
    'the node',
    async () => {
      const { spec, status } = await accepted(api.get<NodeObject>(node));
      const ready = status.conditions?.find(({ type }) => type === 'Ready');
      if (ready?.status !== 'True') throw new Error(ready?.message ?? 'no conditions');
      if (spec.taints !== undefined) throw new Error(JSON.stringify(spec.taints));
    },
    { signal },
  );
}
