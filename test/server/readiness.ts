import { Registry } from 'prom-client';
import { type HealthCheck, createHealthServer } from '../../src/server/health.ts';

/** Status and first line of /readyz where this check is the only one. */
export async function readinessOf(check: HealthCheck): Promise<string> {
  const connections = { closed: () => undefined };
  const parts = { checks: [check], registry: new Registry(), connections };
  const answer = await createHealthServer(parts).inject('/readyz');
  return `${answer.statusCode} ${answer.body.split('\n')[0]}`;
}
