import { fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

import type { SupervisorReport, SupervisorRequest } from './supervisor.ts';

/** A running program of a process group. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  /** The file that holds what it wrote to stdout and stderr. */
  readonly log: string;
  /** Settles with a few words on how it ended. */
  readonly ended: Promise<string>;
  /** Asks it to end (SIGTERM, SIGKILL after a grace of 10 s) and waits until it has. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
}

/** What may be said about a program that is to be started, beside its arguments. */
interface ProgramOptions {
  /** Default: the folder of the group. */
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A temporary folder and the programs that work in it; both go when it is closed or this process ends. */
export interface ProcessGroup {
  readonly folder: string;
  /** The folder in which each program has a log, `<name>.log`. */
  readonly logs: string;
  /** The process that runs the programs; with a sandbox, the way into it. */
  readonly supervisor: number;
  start(
    name: string,
    file: string,
    args: readonly string[],
    options?: ProgramOptions,
  ): Promise<Program>;
  /** Ends the programs, the last started first, and removes the folder. */
  close(): Promise<void>;
}

interface Watch {
  readonly started: (pid: number) => void;
  readonly ended: (how: string) => void;
}

/**
 * Opens a group that holds no program yet. With `sandbox`, a name that nothing else on this machine has, its programs live
 * in mount and network namespaces of their own, and all that they started goes with them: see `node/sandbox.ts`.
 */
export function openProcessGroup({ sandbox }: { readonly sandbox?: string } = {}): ProcessGroup {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'token-injector-'));
  const logs = path.join(folder, 'logs');
  mkdirSync(logs);
  // Without execArgv the supervisor would inherit the loaders of the test runner.
  const supervisor = fork(
    path.join(import.meta.dirname, 'supervisor.ts'),
    [folder, ...(sandbox ? [sandbox] : [])],
    {
      detached: true,
      ...(sandbox === undefined
        ? { execArgv: [] }
        : { execPath: 'unshare', execArgv: ['--mount', '--net', '--', process.execPath] }),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    },
  );
  const watches = new Map<number, Watch>();
  const gone = new Promise<void>((resolve) => {
    supervisor.once('exit', () => {
      for (const watch of watches.values()) watch.ended('its group was closed');
      resolve();
    });
  });
  let count = 0;

  const ask = (request: SupervisorRequest): void => {
    if (supervisor.connected) supervisor.send(request);
  };
  // Its end is seen as well, and is what everybody waits for.
  supervisor.on('error', () => undefined);
  supervisor.on('message', (report: SupervisorReport) => {
    if ('started' in report) watches.get(report.started)?.started(report.pid);
    else watches.get(report.ended)?.ended(report.how);
  });

  async function start(
    name: string,
    file: string,
    args: readonly string[],
    options: ProgramOptions = {},
  ): Promise<Program> {
    if (!supervisor.connected) throw new Error(`cannot start ${name}: the process group is closed`);
    const id = count++;
    const log = path.join(logs, `${name}.log`);
    const started = Promise.withResolvers<number | undefined>();
    const ended = Promise.withResolvers<string>();
    watches.set(id, {
      started: started.resolve,
      ended: (how) => {
        watches.delete(id);
        ended.resolve(how);
        started.resolve(undefined);
      },
    });
    const cwd = options.cwd ?? folder;
    ask({ start: id, file, args, cwd, env: { ...process.env, ...options.env }, log });
    const pid = await started.promise;
    if (pid === undefined) throw new Error(`cannot start ${name}: ${await ended.promise}`);
    const stop: Program['stop'] = async ({ graceMs } = {}) => {
      ask({ stop: id, ...(graceMs !== undefined && { graceMs }) });
      await ended.promise;
    };
    return { name, pid, log, ended: ended.promise, stop };
  }

  const close = async (): Promise<void> => {
    ask({ close: true });
    await gone;
    // The supervisor has nobody to tell; what it could not end or unmount, it leaves in place.
    if (existsSync(folder)) throw new Error(`not everything could be removed: see ${folder}`);
  };
  return { folder, logs, supervisor: supervisor.pid ?? 0, start, close };
}

/**
 * Waits for something that needs programs to run, and fails as soon as one of them ends. The error carries the log of
 * that one, or of the last one if all were running.
 */
export async function whileRunning<T>(
  programs: readonly Program[],
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  let suspect = programs.at(-1);
  const early = async (program: Program): Promise<never> => {
    const how = await program.ended;
    suspect = program;
    throw new Error(`${program.name} ended (${how})`);
  };
  try {
    return await Promise.race([wait(abort.signal), ...programs.map(early)]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const log = suspect && `\n--- end of ${suspect.name}.log\n${logTail(suspect)}`;
    throw new Error(`${reason}${log}`, { cause: error });
  } finally {
    abort.abort();
  }
}

/** The last lines that a program wrote. */
export function logTail(program: Pick<Program, 'log'>, lines = 25): string {
  try {
    return readFileSync(program.log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}
