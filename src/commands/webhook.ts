import { readFile } from 'node:fs/promises';
import { listPolicyFiles, readPolicyFiles } from '../runtime/policy-files.ts';
import { openLog } from '../runtime/log.ts';
import type { Settings } from '../runtime/settings.ts';
import { type ServeOptions, serveAdmission } from './serve-admission.ts';
import { UsageError } from './usage-error.ts';

/** Flags of `token-injector webhook`. */
export interface WebhookFlags {
  readonly policies: string;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  readonly tlsSelfSigned?: boolean;
  readonly host: string;
  readonly port: number;
  readonly healthPort: number;
  readonly drainSeconds: number;
}

/** Serves until SIGTERM or SIGINT, then drains; a second signal ends at once. */
export async function webhook(flags: WebhookFlags, settings: Settings): Promise<void> {
  const certificate = await certificateSource(flags);
  const { isTTY } = process.stdout;
  const log = await openLog({
    level: settings.logLevel,
    pretty: isTTY,
    colour: isTTY && !settings.noColor,
  });
  const signal = firstSignal();
  const serving = await serveAdmission({
    policies: policySource(flags.policies),
    certificate,
    ownNamespace: settings.namespace,
    host: flags.host,
    port: flags.port,
    healthPort: flags.healthPort,
    log,
    pollMilliseconds: 1_000,
  });
  // Someone at a terminal is no rolling update.
  await serving.drain((await signal) === 'SIGINT' ? 0 : flags.drainSeconds * 1_000);
}

/** Policies of a file or folder. */
export function policySource(path: string): ServeOptions['policies'] {
  return {
    read: () => readPolicyFiles(path),
    // The folder itself too: a file that comes or goes changes it.
    files: async () => [path, ...(await listPolicyFiles(path).catch(() => []))],
  };
}

async function certificateSource(flags: WebhookFlags): Promise<ServeOptions['certificate']> {
  const { tlsCertFile, tlsKeyFile } = flags;
  if (flags.tlsSelfSigned) {
    if (tlsCertFile || tlsKeyFile)
      throw new UsageError('use either --tls-self-signed or --tls-cert-file with --tls-key-file');
    const { prepareDevelopmentCertificate } = await import('./development-certificate.ts');
    const { cert, key } = await prepareDevelopmentCertificate();
    return certificateFiles(cert, key);
  }
  if (!tlsCertFile || !tlsKeyFile) {
    throw new UsageError(
      'set --tls-cert-file and --tls-key-file, or --tls-self-signed for a local run',
    );
  }
  return certificateFiles(tlsCertFile, tlsKeyFile);
}

/** A certificate and its key in PEM files. */
export function certificateFiles(certFile: string, keyFile: string): ServeOptions['certificate'] {
  return {
    read: async () => ({ cert: await readPem(certFile), key: await readPem(keyFile) }),
    files: async () => [certFile, keyFile],
  };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Resolves with the first SIGTERM or SIGINT; a second one ends the process at once. */
export function firstSignal(): Promise<NodeJS.Signals> {
  let isFirst = true;
  return new Promise((resolve) => {
    // Handlers of our own to the end: for the first process of a container the system's default is to do nothing.
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      process.on(signal, () => {
        if (!isFirst) process.exit(code);
        isFirst = false;
        resolve(signal);
      });
    }
  });
}
