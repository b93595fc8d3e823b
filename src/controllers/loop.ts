import type { Clock } from './manager/clock.ts';

/** A loop that can be asked to look again. */
export interface Loop {
  /** Something changed: look soon. Many calls make one look. */
  wake(): void;
  /** Settles when the loop has ended, after its signal came. */
  readonly ended: Promise<void>;
}

/** What a loop is made of. */
export interface LoopOptions {
  /** Brings the cluster nearer to what it should be; tells when to look again though nothing changed. */
  readonly reconcile: () => Promise<Date | undefined>;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Told of each failure, and of undefined once a look succeeds after one. */
  readonly onProblem: (error: unknown) => void;
  /** Least time between two looks, milliseconds: changes come in bursts, and one look does for all of one. */
  readonly pause?: number | undefined;
}

const shortPause = 200;
const shortestBackOff = 500;
const longestBackOff = 5 * 60_000;
// Whatever a watch may have missed is found by then.
const resync = 10 * 60_000;

/** Starts a loop that looks at once, and then after every change; failures are tried again with growing pauses. */
export function startLoop(options: LoopOptions): Loop {
  const { reconcile, clock, random, signal, onProblem, pause = shortPause } = options;
  let changed = true;
  let alarm = new AbortController();
  signal.addEventListener('abort', () => alarm.abort(), { once: true });
  const sleep = (milliseconds: number, until: AbortSignal) =>
    clock.delay(milliseconds, until).catch(() => undefined);

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      changed = false;
      try {
        const due = await reconcile();
        if (failures > 0) onProblem(undefined);
        failures = 0;
        const wait = due ? due.getTime() - clock.now().getTime() : resync;
        if (!changed) await sleep(Math.min(Math.max(wait, 0), resync), alarm.signal);
        alarm = new AbortController();
        await sleep(pause, signal);
      } catch (error) {
        if (signal.aborted) return;
        onProblem(error);
        // With jitter, so that loops which failed together do not come back together.
        const backOff = Math.min(shortestBackOff * 2 ** failures++, longestBackOff);
        await sleep(Math.max(pause, shortestBackOff), signal);
        // A change may be what mends it, and concerns more than what failed.
        if (!changed) await sleep(backOff * (0.5 + random() / 2), alarm.signal);
        alarm = new AbortController();
      }
    }
  }
  return {
    wake() {
      changed = true;
      alarm.abort();
    },
    ended: run(),
  };
}
