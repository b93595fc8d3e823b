import { type FastifyInstance, fastify } from 'fastify';
import type { Registry } from 'prom-client';
import { withoutSchemas } from './without-schemas.ts';

/** What one part of the process says of itself. */
interface HealthState {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
}
/** Asks one part of the process how it is. */
export type HealthCheck = () => HealthState;

/** Builds the plain-HTTP server with /livez, /readyz and /metrics. */
export function healthServer(checks: readonly HealthCheck[], registry: Registry): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true, ...withoutSchemas });
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
