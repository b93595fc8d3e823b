import { spawn } from 'node:child_process';
import process from 'node:process';

/** How a kubectl ended and what it wrote. */
interface KubectlResult {
  /** Null when it was killed for taking too long. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl, without a shell, with an optional standard input. */
export type Kubectl = (
  args: readonly string[],
  options?: { readonly input?: string; readonly timeoutMs?: number },
) => Promise<KubectlResult>;

/** Binds kubectl to a cluster; `cacheFolder` keeps what it learns about it out of the home folder. */
export function createKubectl(
  program: string,
  { kubeconfig, cacheFolder }: { readonly kubeconfig: string; readonly cacheFolder?: string },
): Kubectl {
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    // A user's own aliases and defaults would change what a test sees.
    KUBERC: 'off',
    ...(cacheFolder !== undefined && { KUBECACHEDIR: cacheFolder }),
  };
  return (args, { input = '', timeoutMs = 120_000 } = {}) =>
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
      // A kubectl that does not read its input may be gone before it is written.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
}
