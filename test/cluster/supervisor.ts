/**
 * Runs the programs of one process group. It is a process of its own, in its own session, so that it outlives
 * the test process for as long as it takes to end the programs and remove the folder, however the test process
 * ended: a returned teardown, Ctrl-C, a crash or SIGKILL all close the channel between the two.
 *
 * Usage: node supervisor.ts FOLDER [SANDBOX], with an IPC channel.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import process from 'node:process';

import { emptySandbox, removeCgroups } from './node/sandbox.ts';

/** What the test process asks for; the programs are told apart by a number. */
export type SupervisorRequest =
  | {
      readonly start: number;
      readonly file: string;
      readonly args: readonly string[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string | undefined>>;
      readonly log: string;
    }
  | { readonly stop: number; readonly graceMs?: number }
  | { readonly close: true };

type StartRequest = Extract<SupervisorRequest, { start: number }>;

/** What the supervisor answers: every start leads to exactly one `ended`, with a `started` before it if it ran. */
export type SupervisorReport =
  | { readonly started: number; readonly pid: number }
  | { readonly ended: number; readonly how: string };

/** How long a program may take to end by itself; its data is thrown away, so nothing is lost after that. */
const defaultGraceMs = 10_000;

interface Kept {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

const [, , folder, sandbox] = process.argv;
const kept = new Map<number, Kept>();
let closing = false;

function report(message: SupervisorReport): void {
  if (process.connected) process.send?.(message);
}

function start(request: StartRequest): void {
  if (closing) return;
  try {
    run(request);
  } catch (error) {
    // An error that nobody catches would end this process and leave the other programs alone.
    report({ ended: request.start, how: String(error) });
  }
}

function run(request: StartRequest): void {
  const log = openSync(request.log, 'a');
  const child = spawn(request.file, request.args, {
    cwd: request.cwd,
    env: request.env,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      kept.delete(request.start);
      report({ ended: request.start, how });
      resolve();
    };
    child.once('error', (error) => {
      if (child.pid === undefined) end(error.message);
    });
    child.once('exit', (code, signal) => {
      end(signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
  });
  kept.set(request.start, { child, ended });
  if (child.pid !== undefined) report({ started: request.start, pid: child.pid });
}

async function stop(program: Kept | undefined, graceMs = defaultGraceMs): Promise<void> {
  if (program === undefined) return;
  const timer = setTimeout(() => program.child.kill('SIGKILL'), graceMs);
  program.child.kill('SIGTERM');
  await program.ended;
  clearTimeout(timer);
}

async function close(): Promise<void> {
  if (closing) return;
  closing = true;
  // Last started, first stopped: a server whose store went away first would wait for it.
  if (sandbox === undefined)
    for (const program of [...kept.values()].toReversed()) await stop(program);
  else if (folder !== undefined) await emptySandbox(sandbox, folder);
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (sandbox !== undefined) await removeCgroups(sandbox);
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void close());
}
process.on('disconnect', () => void close());
process.on('message', (request: SupervisorRequest) => {
  if ('start' in request) start(request);
  else if ('stop' in request) void stop(kept.get(request.stop), request.graceMs);
  else void close();
});
