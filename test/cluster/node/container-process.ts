import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** Ends the process of the project's container in a pod by SIGKILL, past kubelet and container runtime. */
export function killContainer(podUid: string): void {
  const found = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && read(pid, 'cgroup').includes(`/pod${podUid}/`))
    .find((pid) => read(pid, 'cmdline').includes('token-injector.js'));
  if (found === undefined) throw new Error(`no process of pod ${podUid} is here`);
  process.kill(found, 'SIGKILL');
}

/** Empty for a process that has ended meanwhile. */
function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
