import { nameOrEmpty } from '../../admission/review.ts';
import { createLog } from '../../runtime/log.ts';
import type { Settings } from '../../runtime/settings.ts';
import { firstSignal } from '../first-signal.ts';
import { type ServeOptions, serveAdmission } from '../serving/serve-admission.ts';
import { UsageError } from '../usage-error.ts';

/** Flags of `token-injector webhook`. */
export interface WebhookFlags {
  readonly policies?: readonly string[];
  readonly policiesFromCluster?: boolean;
  readonly tlsCertFile?: string;
  readonly tlsKeyFile?: string;
  readonly tlsSelfSigned?: boolean;
  readonly tlsSecret?: string;
  readonly host: string;
  readonly port: number;
  readonly healthPort: number;
  readonly drainSeconds: number;
}

type Sources = Pick<ServeOptions, 'policies' | 'certificate'>;

/** Serves until SIGTERM or SIGINT, then drains; a second signal ends at once. */
export async function webhook(flags: WebhookFlags, settings: Settings): Promise<void> {
  const sources = await createSources(flags, settings);
  const { isTTY } = process.stdout;
  const log = await createLog({
    level: settings.logLevel,
    pretty: isTTY,
    colour: isTTY && !settings.noColor,
  });
  const signal = firstSignal();
  const serving = await serveAdmission({
    ...sources,
    ownNamespace: settings.namespace,
    host: flags.host,
    port: flags.port,
    healthPort: flags.healthPort,
    log,
  });
  const ending = await Promise.race([signal, serving.answering.then(() => signal)]);
  // Someone at a terminal is no rolling update.
  await serving.drain(ending === 'SIGINT' ? 0 : flags.drainSeconds * 1_000);
}

const polling = { intervalMs: 1_000 };

async function createSources(flags: WebhookFlags, settings: Settings): Promise<Sources> {
  const { policies, policiesFromCluster, tlsSecret } = flags;
  if (policies !== undefined && policiesFromCluster)
    throw new UsageError('use either --policies or --policies-from-cluster');
  if (policies === undefined && !policiesFromCluster)
    throw new UsageError('set --policies PATH, or --policies-from-cluster');
  const certificate = await certificateFiles(flags);
  // On demand, each: reading YAML, and talking to an API server, are good parts of all that there is to load.
  const files =
    policies !== undefined || certificate ? await import('../serving/file-sources.ts') : undefined;
  const cluster =
    policiesFromCluster || !certificate
      ? await (await import('./cluster-sources.ts')).createClusterSources(settings)
      : undefined;
  return {
    policies:
      policies === undefined ? cluster!.policies() : files!.policiesOfFiles(policies, polling),
    certificate: certificate
      ? files!.certificateOfFiles(certificate.cert, certificate.key, polling)
      : cluster!.certificate(tlsSecret!, settings.namespace),
  };
}

/** Where the certificate and its key are; undefined where they are in a Secret. */
async function certificateFiles(
  flags: WebhookFlags,
): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  const { tlsCertFile: cert, tlsKeyFile: key, tlsSelfSigned, tlsSecret } = flags;
  const inFiles = '--tls-cert-file with --tls-key-file';
  const namesFiles = cert !== undefined || key !== undefined;
  if (tlsSecret !== undefined) {
    if (namesFiles || tlsSelfSigned)
      throw new UsageError(`use either --tls-secret or ${inFiles} or --tls-self-signed`);
    if (nameOrEmpty(tlsSecret) === '')
      throw new UsageError('--tls-secret is not the name of a Secret');
    return undefined;
  }
  if (tlsSelfSigned) {
    if (namesFiles) throw new UsageError(`use either --tls-self-signed or ${inFiles}`);
    const { prepareDevelopmentCertificate } = await import('../serving/development-certificate.ts');
    return prepareDevelopmentCertificate();
  }
  if (!cert || !key) {
    throw new UsageError(
      'set --tls-cert-file and --tls-key-file, or --tls-self-signed for a local run, or --tls-secret in a cluster',
    );
  }
  return { cert, key };
}
