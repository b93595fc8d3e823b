/** Time that stands still until a test lets it pass. */
export interface ManualClock {
  readonly now: () => number;
  readonly delay: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Lets time pass, wakes who waited for it, and lets them go on before it returns. */
  pass(ms: number): Promise<void>;
  /** How many wait at present. */
  waiting(): number;
}

/** Makes a clock at 0. */
export function manualClock(): ManualClock {
  let now = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    delay: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = {
          at: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(new Error('aborted'));
        });
      }),
    async pass(ms) {
      const until = now + ms;
      for (;;) {
        await settle();
        const [next] = [...sleepers].toSorted((a, b) => a.at - b.at);
        if (!next || next.at > until) break;
        now = Math.max(now, next.at);
        next.wake();
      }
      now = until;
      await settle();
    },
    waiting: () => sleepers.size,
  };
}

/** Lets everything go on that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
