import type { AddressInfo, Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { PolicySet } from '../core/policy/policy-set.ts';
import { admissionMetrics } from '../server/admission-metrics.ts';
import { readCertificate } from '../server/certificate.ts';
import { healthServer } from '../server/health.ts';
import type { Log } from '../server/log.ts';
import { ServedCertificate } from '../server/served-certificate.ts';
import { ServedPolicies } from '../server/served-policies.ts';
import { admissionServer } from '../server/server.ts';
import { fingerprintFiles, watchFiles } from '../runtime/watch-files.ts';
import { UsageError } from './usage-error.ts';

/** Something that is read at the start and again whenever its files change. */
interface Source<T> {
  readonly read: () => Promise<T>;
  /** Files to watch; none where there is nothing to reload. */
  readonly files: () => Promise<readonly string[]>;
}

/** What a webhook process serves, and where. */
export interface ServeOptions {
  readonly policies: Source<PolicySet>;
  readonly certificate: Source<{ cert: string; key: string }>;
  readonly ownNamespace: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly healthPort: number;
  readonly log: Log;
  /** How long to wait between two looks at the files. */
  readonly pollMilliseconds: number;
}

/** A webhook that answers. */
export interface ServingWebhook {
  readonly port: number;
  readonly healthPort: number;
  /** Tells everyone to go elsewhere, goes on serving for a while, then ends. */
  drain(milliseconds: number): Promise<void>;
}

/** Starts the admission server and its health server; throws where policies, certificate or a port cannot be used. */
export async function serveAdmission(options: ServeOptions): Promise<ServingWebhook> {
  const { log } = options;
  const ended = new AbortController();
  const wait = () =>
    delay(options.pollMilliseconds, undefined, { signal: ended.signal, ref: false });
  const watch = async ({ files: paths }: Source<unknown>) => {
    const since = await fingerprintFiles(await paths());
    return (onChange: () => Promise<boolean>) => watchFiles({ paths, since, onChange, wait });
  };
  const watchCertificate = await watch(options.certificate);
  const watchPolicies = await watch(options.policies);

  const first = await options.certificate.read();
  const certificate = new ServedCertificate(
    readCertificate(first.cert, first.key),
    log,
    () => new Date(),
  );
  const policies = new ServedPolicies(await options.policies.read(), log);
  const registry = new Registry();
  let draining = false;
  const app = admissionServer({
    certificate: certificate.current,
    policies: () => policies.current,
    ownNamespace: options.ownNamespace,
    metrics: admissionMetrics(registry),
    log,
    draining: () => draining,
  });
  certificate.attach(app.server);
  certificate.register(registry);
  policies.register(registry);
  const serving = () => ({
    name: 'serving',
    ok: !draining,
    ...(draining ? { detail: 'draining' } : {}),
  });
  const health = healthServer([serving, certificate.check, policies.check], registry);

  const port = await listen(app, options.host, options.port);
  const healthPort = await listen(health, options.host, options.healthPort).catch(
    async (error: unknown) => {
      await app.close();
      throw error;
    },
  );
  void watchCertificate(() => certificate.reload(options.certificate.read));
  void watchPolicies(() => policies.reload(options.policies.read));
  log.info(
    { port, healthPort, policies: policies.current.policies.map(({ name }) => name) },
    'webhook ready',
  );

  return {
    port,
    healthPort,
    async drain(milliseconds) {
      draining = true;
      log.info({ milliseconds }, 'draining');
      await delay(milliseconds);
      ended.abort();
      await Promise.all([closeWithin(app, 5_000), health.close()]);
      log.info({}, 'webhook ended');
    },
  };
}

interface Listener {
  readonly server: Server;
  listen(options: { host: string; port: number }): Promise<string>;
}

async function listen(app: Listener, host: string, port: number): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The default address, on a machine without IPv6.
    if (code === 'EAFNOSUPPORT' && host === '::') return listen(app, '0.0.0.0', port);
    const wayOut =
      code === 'EADDRINUSE' || code === 'EACCES'
        ? 'choose others with --port and --health-port'
        : 'choose another address with --host';
    throw new UsageError(`cannot listen on port ${port} of ${host}: ${code}; ${wayOut}`);
  }
  return (app.server.address() as AddressInfo).port;
}

// A peer that stops in the middle of a request must not keep the process alive.
async function closeWithin(
  app: ReturnType<typeof admissionServer>,
  milliseconds: number,
): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), milliseconds);
  await app.close();
  clearTimeout(timer);
}
