import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { createAdmissionMetrics } from '../../server/admission-metrics.ts';
import { createConnectionMetrics } from '../../server/connection-metrics.ts';
import { type HealthCheck, createHealthServer } from '../../server/health.ts';
import type { Log } from '../../server/log.ts';
import type { PoliciesInForce } from '../../server/policies-in-force.ts';
import type { ServedCertificate } from '../../server/served-certificate.ts';
import { createAdmissionServer } from '../../server/server.ts';
import { listen } from './listen.ts';

/** Opens something that keeps itself up to date until the signal comes; throws where it cannot be used at all. */
export type Source<T> = (context: { readonly log: Log; readonly ended: AbortSignal }) => Promise<T>;

/** Policies that keep themselves up to date, and say how they are. */
interface MeasuredPolicies extends PoliciesInForce {
  readonly check: HealthCheck;
  register(registry: Registry): void;
}

/** What a webhook process serves, and where. */
export interface ServeOptions {
  readonly policies: Source<MeasuredPolicies>;
  readonly certificate: Source<ServedCertificate>;
  readonly ownNamespace: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly healthPort: number;
  readonly log: Log;
}

/** A webhook whose health can be asked for. */
export interface ServingWebhook {
  readonly healthPort: number;
  /** The port, as soon as admission requests are answered there; rejects, and all ends, where it cannot be had. */
  readonly answering: Promise<number>;
  /** Tells everyone to go elsewhere, goes on serving for a while, then ends. */
  drain(durationMs: number): Promise<void>;
}

/**
 * Starts the health server and, as soon as there is a certificate, the admission server; throws where policies,
 * certificate or the health port cannot be used.
 */
export async function serveAdmission(options: ServeOptions): Promise<ServingWebhook> {
  const { log } = options;
  const ending = new AbortController();
  try {
    const context = { log, ended: ending.signal };
    const certificate = await options.certificate(context);
    const policies = await options.policies(context);
    return await serve(options, certificate, policies, ending);
  } catch (error) {
    ending.abort();
    throw error;
  }
}

async function serve(
  options: ServeOptions,
  certificate: ServedCertificate,
  policies: MeasuredPolicies,
  ending: AbortController,
): Promise<ServingWebhook> {
  const { log } = options;
  const registry = new Registry();
  certificate.register(registry);
  policies.register(registry);
  const metrics = createAdmissionMetrics(registry);
  let app: ReturnType<typeof createAdmissionServer> | undefined;
  let state: 'starting' | 'serving' | 'draining' = 'starting';
  const serving: HealthCheck = () =>
    state === 'serving'
      ? { name: 'serving', ok: true }
      : { name: 'serving', ok: false, detail: state };
  const connections = createConnectionMetrics(registry, log, () => performance.now());
  const health = createHealthServer({
    checks: [serving, certificate.check, policies.check],
    registry,
    connections: connections('health'),
  });
  const healthPort = await listen(health, options.host, options.healthPort);

  const answer = async (): Promise<number> => {
    await certificate.come;
    if (state === 'draining') return 0;
    app = createAdmissionServer({
      certificate: certificate.current!,
      policies,
      ownNamespace: options.ownNamespace,
      metrics,
      connections: connections('admission'),
      log,
      draining: () => state === 'draining',
    });
    certificate.attach(app.server);
    const port = await listen(app, options.host, options.port);
    if (state === 'starting') state = 'serving';
    const names = policies.current.policies.map(({ name }) => name);
    log.info({ port, healthPort, policies: names }, 'webhook ready');
    return port;
  };
  const end = async () => {
    ending.abort();
    await Promise.all([app && closeWithin(app, 5_000), health.close()]);
  };
  const answering = answer().catch(async (error: unknown) => {
    await end();
    throw error;
  });

  return {
    healthPort,
    answering,
    async drain(durationMs) {
      const wasServing = state === 'serving';
      state = 'draining';
      log.info({ durationMs }, 'draining');
      if (wasServing) await delay(durationMs);
      await end();
      log.info({}, 'webhook ended');
    },
  };
}

// A peer that stops in the middle of a request must not keep the process alive.
async function closeWithin(
  app: ReturnType<typeof createAdmissionServer>,
  timeoutMs: number,
): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
  await app.close();
  clearTimeout(timer);
}
