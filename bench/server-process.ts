import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../test/cluster/free-port.ts';

/** A server that is measured, in a process of its own on a core of its own. */
export interface ServerProcess {
  readonly port: number;
  /** From spawning to ready. */
  readonly startMilliseconds: number;
  /** Processor time that this took. */
  readonly startCpuMilliseconds: number;
  /** Resident memory now, in MiB. */
  rss(): number;
  /** Resolves when it has had next to nothing to do for a second. */
  rest(): Promise<void>;
  /** Ends it, at once by default, unless that was done. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A program that is to be started. */
export interface Program {
  /** The core that it is pinned to. */
  readonly core: number;
  readonly command: (port: number, healthPort: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where it listens; 127.0.0.1 where not given. */
  readonly host?: string;
  /** A free one where not given. */
  readonly port?: number;
  /** When it is ready: it accepts connections, /readyz of its health port says so too, or what else it is ready for. */
  readonly ready: 'connection' | 'health' | (() => Promise<boolean>);
}

/** Starts a program and waits until it is ready. */
export async function startServer(program: Program): Promise<ServerProcess> {
  const { ready, host = '127.0.0.1' } = program;
  const port = program.port ?? (await freePort());
  const healthPort = await freePort();
  const began = performance.now();
  const child = spawn(
    'taskset',
    ['-c', String(program.core), ...program.command(port, healthPort)],
    {
      // Log lines are written, as in a cluster, but nobody reads them.
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...program.env },
    },
  );
  if (typeof ready === 'function') await until(child, ready);
  else await until(child, () => accepts(host, port));
  if (ready === 'health') await until(child, () => isReady(host, healthPort));
  const startMilliseconds = performance.now() - began;
  const startCpuMilliseconds = cpuMilliseconds(child);
  return {
    port,
    startMilliseconds,
    startCpuMilliseconds,
    rss: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024,
    async rest() {
      for (let tries = 0; tries < 30; tries++) {
        const before = cpuMilliseconds(child);
        await delay(1_000);
        if (cpuMilliseconds(child) - before <= 20) return;
      }
      throw new Error('the server does not come to rest');
    },
    async stop(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}

/** Processor time that its threads have used so far. */
function cpuMilliseconds({ pid }: ChildProcess): number {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return threads.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

async function until(child: ChildProcess, condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 10_000; tries++) {
    if (child.exitCode !== null)
      throw new Error(`the server ended with ${child.exitCode} before it served`);
    if (await condition()) return;
    await delay(1);
  }
  child.kill('SIGKILL');
  throw new Error('the server did not become ready');
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  const open = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return open;
}

async function isReady(host: string, healthPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://${host}:${healthPort}/readyz`)).ok;
  } catch {
    return false;
  }
}
