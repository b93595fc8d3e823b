import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { eventually } from '../eventually.ts';
import { whileRunning, type ProcessGroup, type Program } from '../process-group.ts';
import { run } from './run.ts';

/** The image that holds a pod together. */
export const pauseImage = 'localhost/token-injector-pause:1';

/** The range of the pods' addresses. */
export const podRange = '10.244.0.0/24';

/** Where the runtime listens, in the folder of the group. */
export function runtimeSocket(group: ProcessGroup): string {
  return path.join(group.folder, 'containerd.sock');
}

/** Starts containerd with everything that it keeps in the folder of the group. */
export async function startContainerRuntime(group: ProcessGroup): Promise<Program> {
  const folder = path.join(group.folder, 'containerd');
  mkdirSync(path.join(folder, 'cni'), { recursive: true });
  writeFileSync(path.join(folder, 'cni/pods.conflist'), JSON.stringify(podNetwork(folder)));
  writeFileSync(path.join(folder, 'config.toml'), configuration(folder, runtimeSocket(group)));
  const program = await group.start('containerd', 'containerd', [
    `--config=${path.join(folder, 'config.toml')}`,
  ]);
  await whileRunning([program], (signal) =>
    eventually('containerd', () => ctr(group, 'containerd-version', ['version']), { signal }),
  );
  return program;
}

/** Puts the images of an archive into the runtime. */
export async function importImages(group: ProcessGroup, archive: string): Promise<void> {
  const name = path.basename(archive, '.tar');
  const how = [`--snapshotter=${snapshotter(group.folder)}`];
  await ctr(group, `import-${name}`, ['images', 'import', ...how, archive]);
}

/** The same of the pause image, also under the name by which the pages and examples pull it. */
export async function importPauseImage(group: ProcessGroup, archive: string): Promise<void> {
  await importImages(group, archive);
  await ctr(group, 'tag-pause', ['images', 'tag', pauseImage, 'registry.k8s.io/pause:3.10']);
}

function ctr(group: ProcessGroup, what: string, args: readonly string[]): Promise<void> {
  const address = `--address=${runtimeSocket(group)}`;
  return run(group, what, ['ctr', address, '--namespace=k8s.io', ...args]);
}

/** One overlay does not stand on another, such as that of a container in which the tests run; copies do. */
function snapshotter(folder: string): string {
  const overlay = 0x79_4c_76_30;
  return statfsSync(folder).type === overlay ? 'native' : 'overlayfs';
}

function podNetwork(folder: string): object {
  return {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        // A bridge would carry answers from pod to pod past the rules that undo a Service's address.
        type: 'ptp',
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podRange }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: path.join(folder, 'addresses'),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function configuration(folder: string, socket: string): string {
  return `
version = 2
root = "${folder}/root"
state = "${folder}/state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  disable_apparmor = true
  # A root without CAP_SYS_RESOURCE may not lower the score, and no pod would start.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${snapshotter(folder)}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
`;
}
