import { setTimeout as sleep } from 'node:timers/promises';

/** How long to try, how often, and a signal that ends the trying early. */
export interface Patience {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Calls `attempt` until it does not throw, and gives back what it returned; when it gives up, the error says what was
 * waited for and how the last attempt failed.
 */
export async function eventually<T>(
  description: string,
  attempt: () => T | Promise<T>,
  { timeoutMs = 120_000, intervalMs = 200, signal }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const last = error instanceof Error ? error.message : String(error);
      if (signal?.aborted === true || performance.now() > deadline) {
        const waited = `gave up after ${Math.round(timeoutMs / 1000)} s waiting for ${description}`;
        throw new Error(`${waited}; last: ${last}`, { cause: error });
      }
    }
    await sleep(intervalMs);
  }
}
