import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that is measured, in a process of its own on a core of its own. */
export interface ServerProcess {
  readonly port: number;
  /** From spawning to ready. */
  readonly startMilliseconds: number;
  /** Resident memory now, in MiB. */
  rss(): number;
  /** Ends it, unless that was done. */
  stop(): Promise<void>;
}

/** A program that is to be started. */
export interface Program {
  /** The core that it is pinned to. */
  readonly core: number;
  readonly command: (port: number, healthPort: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it is ready when /readyz of its health port says so, and not as soon as it accepts connections. */
  readonly hasHealth?: boolean;
}

/** Starts a program on free ports and waits until it is ready. */
export async function startServer(program: Program): Promise<ServerProcess> {
  const port = await freePort();
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
  await until(child, () => accepts(port));
  if (program.hasHealth) await until(child, () => isReady(healthPort));
  const startMilliseconds = performance.now() - began;
  return {
    port,
    startMilliseconds,
    rss: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
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

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const open = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return open;
}

async function isReady(healthPort: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
