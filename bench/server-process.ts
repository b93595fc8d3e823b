import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that is measured, in a process of its own on a core of its own. */
export interface ServerProcess {
  readonly name: string;
  readonly port: number;
  /** From spawning to the first accepted connection. */
  readonly startMilliseconds: number;
  /** Resident memory now, in MiB. */
  rss(): number;
  stop(): Promise<void>;
}

/** Starts the program that `command` gives for a free port, pinned to `core`. */
export async function startServer(
  name: string,
  core: number,
  command: (port: number) => readonly string[],
): Promise<ServerProcess> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn('taskset', ['-c', String(core), ...command(port)], {
    // Log lines are written, as in a cluster, but nobody reads them.
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await accepting(child, port);
  const startMilliseconds = performance.now() - began;
  return {
    name,
    port,
    startMilliseconds,
    rss: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function accepting(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 10_000; tries++) {
    if (child.exitCode !== null)
      throw new Error(`the server ended with ${child.exitCode} before it served`);
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await delay(1);
  }
  throw new Error('the server did not accept connections');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
