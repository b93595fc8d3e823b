import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';

import { expect, it } from 'vitest';

import { eventually } from '../eventually.ts';
import { linkOf } from './network.ts';
import { cgroupsOf } from './sandbox.ts';
import { describeNode } from './suite.ts';

const modules = (name: string) => JSON.stringify(path.join(import.meta.dirname, name));

/** Starts a node of its own with a pod in it, tells about them, and ends as it is told to. */
const starter = (ending: string) => `
  import { accepted, createApi } from ${modules('../api.ts')};
  import { findNodeBinaries } from ${modules('../binaries.ts')};
  import { readKubeconfig } from ${modules('../kubeconfig.ts')};
  import { buildBaseImage, buildPauseImage } from ${modules('images.ts')};
  import { isReady, podThat, printHashOfFile, scriptContainer } from ${modules('pods.ts')};
  import { startNode } from ${modules('start-node.ts')};
  const binaries = await findNodeBinaries();
  const pause = await buildPauseImage(binaries.pause);
  const base = await buildBaseImage();
  const node = await startNode(binaries, { pauseArchive: pause.file });
  await node.loadImages(base.file);
  const api = createApi(readKubeconfig(node.kubeconfig));
  const where = { namespace: 'default', name: 'left' };
  const container = scriptContainer(base.image, printHashOfFile('/var/run/secrets/kubernetes.io/serviceaccount/token'));
  await accepted(api.create({ apiVersion: 'v1', kind: 'Pod', metadata: where, spec: { containers: [container] } }));
  await podThat(api, where, isReady);
  const { folder, sandbox, supervisor } = node;
  process.stdout.write(JSON.stringify({ folder, sandbox, supervisor }) + '\\n');
  process.stdin.once('data', async () => { ${ending} });`;

interface Left {
  readonly folder: string;
  readonly sandbox: string;
  readonly supervisor: number;
}

describeNode('the end of a node', ({ node }) => {
  it.runIf(node).each([
    ['is stopped', 'await node.stop(); process.exit()'],
    ['dies', "process.kill(process.pid, 'SIGKILL')"],
  ])('leaves nothing behind when its process %s', async (_title, ending) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', starter(ending)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const output = text(child.stdout);
    const left = await new Promise<Left>((resolve, reject) => {
      child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as Left));
      child.once('exit', (code) => reject(new Error(`the node's process ended (${code})`)));
    });
    const before = tracesOf(left);
    // The test would pass without looking where a node is.
    expect(before.processes.length).toBeGreaterThan(9);
    expect(before).toMatchObject({ folder: true, link: true });
    expect(before.cgroups.length).toBeGreaterThan(0);
    expect(before.mounts.length).toBeGreaterThan(2);
    const networks = new Set(before.processes.map(networkOf));
    expect(networks.size).toBe(2);
    child.stdin.write('\n');
    await output;
    await eventually('the end of all', () => {
      expect(tracesOf(left)).toEqual({
        processes: [],
        mounts: [],
        cgroups: [],
        folder: false,
        link: false,
      });
      expect(processes().filter((pid) => networks.has(networkOf(pid)))).toEqual([]);
    });
  });
});

interface Traces {
  readonly processes: readonly number[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly folder: boolean;
  readonly link: boolean;
}

/** Everything on this machine that has to do with a node. */
function tracesOf({ folder, sandbox, supervisor }: Left): Traces {
  const space = linkTo(supervisor, 'mnt');
  const found = processes().filter(
    (pid) =>
      (space !== undefined && linkTo(pid, 'mnt') === space) ||
      read(pid, 'cmdline').includes(folder) ||
      read(pid, 'cgroup').includes(`/${sandbox}/`),
  );
  const mounts = [...found, process.pid].flatMap((pid) => read(pid, 'mountinfo').split('\n'));
  return {
    processes: found,
    mounts: mounts.filter((mount) => mount.includes(folder)),
    cgroups: cgroupsOf(sandbox),
    folder: existsSync(folder),
    link: linkOf(sandbox) in networkInterfaces(),
  };
}

function processes(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

function networkOf(pid: number): string | undefined {
  return linkTo(pid, 'net');
}

function linkTo(pid: number, namespace: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${namespace}`);
  } catch {
    return undefined;
  }
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
