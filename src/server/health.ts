import { createServer } from 'node:http';
import { type FastifyInstance, fastify } from 'fastify';
import type { Registry } from 'prom-client';
import type { ConnectionMetrics } from './connection-metrics.ts';
import { boundConnections, oneAtATime } from './connections.ts';
import { withoutSchemas } from './without-schemas.ts';

/** What one part of the process says of itself. */
interface HealthState {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}
/** Asks one part of the process how it is. */
export type HealthCheck = () => HealthState;

// A kubelet has one at a time, and so has a Prometheus.
const maxConnections = 64;
const limits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
// For a caller that does not read its answer.
const idleTimeoutMs = 10_000;

/** What a health server is made of. */
interface HealthParts {
  readonly checks: readonly HealthCheck[];
  readonly registry: Registry;
  readonly connections: ConnectionMetrics;
}

/** Builds the plain-HTTP server with /livez, /readyz and /metrics. */
export function createHealthServer({
  checks,
  registry,
  connections,
}: HealthParts): FastifyInstance {
  const app = fastify({
    serverFactory: (listener) => {
      const server = createServer(limits, oneAtATime(listener, connections.closed));
      return server.setTimeout(idleTimeoutMs);
    },
    logger: false,
    forceCloseConnections: true,
    ...withoutSchemas,
  });
  boundConnections(app.server, maxConnections, connections.closed);
  // No body is read.
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', (_request, reply, done) => {
    // Those who ask seldom lose nothing by it: a kubelet comes anew each time.
    reply.header('connection', 'close');
    done();
  });
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', (_request, reply) => {
    const states = checks.map((check) => check());
    const ready = states.every(({ ok }) => ok);
    const lines = [...states.map(line), ready ? 'readyz check passed' : 'readyz check failed'];
    return reply
      .code(ready ? 200 : 503)
      .type('text/plain')
      .send(`${lines.join('\n')}\n`);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  return app;
}

function line({ name, ok, detail }: HealthState): string {
  return `[${ok ? '+' : '-'}]${name} ${ok ? 'ok' : 'failed'}${detail === undefined ? '' : `: ${detail}`}`;
}
