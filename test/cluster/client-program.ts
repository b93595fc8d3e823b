import { spawn } from 'node:child_process';
import process from 'node:process';

/** How a program ended and what it wrote. */
interface ProgramResult {
  /** Null when it was killed for taking too long. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program, without a shell, with an optional standard input. */
export type ClientProgram = (
  args: readonly string[],
  options?: { readonly input?: string; readonly timeoutMs?: number },
) => Promise<ProgramResult>;

/** Binds a program to an environment, which is added to that of this process. */
export function clientProgram(
  program: string,
  environment: Readonly<Record<string, string>>,
): ClientProgram {
  const env = { ...process.env, ...environment };
  return (args, { input = '', timeoutMs = 300_000 } = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { env, timeout: timeoutMs, killSignal: 'SIGKILL' });
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      child.on('error', reject);
      child.on('close', (code) => {
        resolve({
          code,
          stdout: Buffer.concat(stdout).toString('utf8'),
          stderr: Buffer.concat(stderr).toString('utf8'),
        });
      });
      // One that does not read its input may be gone before it is written.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
}
