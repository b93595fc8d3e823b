import { KubeError } from './api.ts';

/** Tells each different problem once, and when all is well again. */
export interface ProblemReport {
  serverFailed(error: unknown): void;
  serverWorks(): void;
  consumerFailed(error: unknown): void;
  consumerWorks(): void;
}

/** Opens a report of two parties, the server that is read and the one who consumes what was read. */
export function createProblemReport(tell: (problem: Error | undefined) => void): ProblemReport {
  const told = { server: new Set<string>(), consumer: new Set<string>() };

  function failed(party: keyof typeof told, error: unknown): void {
    const problem = error instanceof Error ? error : new Error(String(error));
    const key = keyOf(problem);
    if (told[party].has(key)) return;
    told[party].add(key);
    attempt(problem);
  }

  function works(party: keyof typeof told): void {
    if (told[party].size === 0) return;
    told[party].clear();
    if (told.server.size === 0 && told.consumer.size === 0) attempt(undefined);
  }

  // A listener that throws has nobody left to tell.
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
