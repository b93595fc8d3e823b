import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const cgroups = '/sys/fs/cgroup';
const patienceMs = 120_000;

/**
 * Ends every other process of the sandbox that this one is in and unmounts what they mounted below `folder`. The
 * namespaces, and with them the pods' networks, go with their last process.
 */
export async function emptySandbox(sandbox: string, folder: string): Promise<void> {
  await untilNone('processes', () => {
    const left = processesOf(sandbox);
    for (const pid of left) kill(pid);
    return left;
  });
  await untilNone('mounts', () => {
    const left = mountsBelow(folder);
    // The kernel lists a mount after the one that it stands on.
    for (const mount of left.toReversed()) unmount(mount);
    return mountsBelow(folder);
  });
}

/** Removes the cgroups that carry the name of a sandbox; their processes must have ended. */
export async function removeCgroups(sandbox: string): Promise<void> {
  await untilNone('cgroups', () => {
    const left = cgroupsOf(sandbox);
    for (const cgroup of left) removeCgroup(cgroup);
    return cgroupsOf(sandbox);
  });
}

/** The cgroups that carry the name of a sandbox, one for each hierarchy of version 1, or the one of version 2. */
export function cgroupsOf(sandbox: string): string[] {
  const hierarchies = folders(cgroups).map((name) => path.join(cgroups, name));
  return [cgroups, ...hierarchies]
    .filter((hierarchy) => folders(hierarchy).includes(sandbox))
    .map((hierarchy) => path.join(hierarchy, sandbox));
}

/** Where a sandbox's cgroups may be made: the folders of the hierarchies. */
export function cgroupHierarchies(): string[] {
  const version2 = readdirSync(cgroups).includes('cgroup.controllers');
  return version2 ? [cgroups] : folders(cgroups).map((name) => path.join(cgroups, name));
}

/** Fails in the end: to go on and remove files below a mount would reach what is mounted. */
async function untilNone(what: string, attempt: () => readonly (string | number)[]): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const left = attempt();
    if (left.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(`cannot get rid of ${what}: ${left.join(' ')}`);
    await sleep(50);
  }
}

/** Those in our mount namespace (programs and shims), and those in the sandbox's cgroups (what runs in pods). */
function processesOf(sandbox: string): number[] {
  const ours = readlinkSync('/proc/self/ns/mnt');
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!(pid > 0) || pid === process.pid) return false;
      try {
        // Fails for one that has ended and is not yet collected by its parent.
        const namespace = readlinkSync(`/proc/${pid}/ns/mnt`);
        return (
          namespace === ours || readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/${sandbox}/`)
        );
      } catch {
        return false;
      }
    });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function mountsBelow(folder: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mount) => mount.startsWith(`${folder}/`));
}

function unmount(mount: string): void {
  try {
    execFileSync('umount', ['--lazy', mount], { stdio: 'ignore' });
  } catch {
    // It went with another one; what did not is seen by the caller.
  }
}

function removeCgroup(cgroup: string): void {
  for (const name of folders(cgroup)) removeCgroup(path.join(cgroup, name));
  try {
    rmdirSync(cgroup);
  } catch {
    // Its last process has not gone yet; the caller tries again.
  }
}

function folders(parent: string): string[] {
  try {
    const entries = readdirSync(parent, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
