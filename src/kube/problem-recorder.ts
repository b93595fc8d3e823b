import { KubeError } from './client/api.ts';

/** Reports each different problem once, and when all is well again. */
export interface ProblemRecorder {
  serverFailed(error: unknown): void;
  serverWorks(): void;
  consumerFailed(error: unknown): void;
  consumerWorks(): void;
}

/** Has a problem that lasts recorded again; times in milliseconds, of a clock that never jumps. */
interface Reminder {
  readonly now: () => number;
  readonly intervalMs: number;
}

/** Makes a recorder for two parties, the server that is read and the one who consumes what was read. */
export function createProblemRecorder(
  tell: (problem: Error | undefined) => void,
  { now, intervalMs }: Reminder = { now: () => 0, intervalMs: Infinity },
): ProblemRecorder {
  const recorded = { server: new Map<string, number>(), consumer: new Map<string, number>() };

  function failed(party: keyof typeof recorded, error: unknown): void {
    const problem = error instanceof Error ? error : new Error(String(error));
    const key = keyOf(problem);
    const before = recorded[party].get(key);
    if (before !== undefined && now() - before < intervalMs) return;
    recorded[party].set(key, now());
    attempt(problem);
  }

  function works(party: keyof typeof recorded): void {
    if (recorded[party].size === 0) return;
    recorded[party].clear();
    if (recorded.server.size === 0 && recorded.consumer.size === 0) attempt(undefined);
  }

  // A listener that throws has nobody left to report to.
  function attempt(problem: Error | undefined): void {
    try {
      tell(problem);
    } catch {
      // Whoever reads the list must not suffer from it.
    }
  }

  return {
    serverFailed: (error) => failed('server', error),
    serverWorks: () => works('server'),
    consumerFailed: (error) => failed('consumer', error),
    consumerWorks: () => works('consumer'),
  };
}

// That nothing answers is one problem, whatever was asked.
function keyOf(problem: Error): string {
  return problem instanceof KubeError && problem.status === 0 ? problem.reason : problem.message;
}
