import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';

/** The root of the checkout. */
export const root = join(import.meta.dirname, '../..');
/** What `node` runs as token-injector. */
export const program = join(root, 'src/main.ts');

/** How a command ended, and what it printed. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What may be said about a run beside its arguments. */
interface RunOptions {
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another file than `program`. */
  readonly file?: string;
}

/** Runs a command to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { stdin = '', cwd = root, env, file = program } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [file, ...args],
      { cwd, env: { ...process.env, ...env }, timeout: 240_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (child.exitCode === null)
          reject(new Error(`it did not end: ${stderr}`, { cause: error }));
        else resolve({ code: child.exitCode, stdout, stderr });
      },
    );
    child.stdin!.end(stdin);
  });
}
