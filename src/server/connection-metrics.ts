import { Counter, type Registry } from 'prom-client';
import type { Log } from './log.ts';

const problems = {
  'too-many': 'more connections at once than are allowed, most of them from here',
  pipelined: 'a request before the answer to the one before it',
} as const;
const ports = ['admission', 'health'] as const;

/** Why a connection was closed on its caller. */
type ClosedReason = keyof typeof problems;

/** Counts connections that are closed on their callers. */
export interface ConnectionMetrics {
  readonly closed: (reason: ClosedReason, remote: string) => void;
}

// A flood closes thousands in a second, and would be the log's too.
const minIntervalMs = 1_000;

/** Declares the metric of closed connections, and gives each port its counter; the log has at most one of them a second. */
export function createConnectionMetrics(
  registry: Registry,
  log: Log,
  now: () => number,
): (port: (typeof ports)[number]) => ConnectionMetrics {
  const connections = new Counter({
    name: 'token_injector_connections_closed_total',
    help: 'Connections that were closed on their callers, by port and reason.',
    labelNames: ['port', 'reason'],
    registers: [registry],
  });
  let lastLine = -Infinity;
  return (port) => ({
    closed(reason, remote) {
      connections.inc({ port, reason });
      if (now() - lastLine < minIntervalMs) return;
      lastLine = now();
      log.warn({ port, remote, problem: problems[reason] }, 'connection closed');
    },
  });
}
