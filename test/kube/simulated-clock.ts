import type { Delay } from '../../src/kube/delay.ts';
import { cryptoJobs, cryptoJobsDone } from './crypto-jobs.ts';

/** Time that passes only in `advance`. */
export interface SimulatedClock {
  /** Milliseconds since the clock was made. */
  readonly monotonic: () => number;
  readonly delay: Delay;
  /** How long the delays are that are waited for now. */
  pending(): number[];
  /** Lets time pass, step by step, so that all that follows from each delay has happened. */
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock at zero. */
export function simulatedClock(): SimulatedClock {
  let time = 0;
  const timers = new Set<Timer>();

  return {
    monotonic: () => time,
    pending: () => [...timers].map(({ at }) => at - time),
    delay: (ms, signal) =>
      new Promise((resolve, reject) => {
        const abort = (): void => {
          timers.delete(timer);
          reject(new DOMException('the delay was ended', 'AbortError'));
        };
        const timer: Timer = {
          at: time + ms,
          wake: () => {
            timers.delete(timer);
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        timers.add(timer);
        if (signal?.aborted === true) abort();
        else signal?.addEventListener('abort', abort);
      }),
    advance: async (ms) => {
      const end = time + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].toSorted((a, b) => a.at - b.at);
        if (next === undefined || next.at > end) break;
        time = Math.max(time, next.at);
        next.wake();
        await settle();
      }
      time = end;
    },
  };
}

/** Lets everything happen that waits for nothing but other promises, and keys and signatures being made. */
export async function settle(): Promise<void> {
  do {
    await cryptoJobsDone();
    for (let turn = 0; turn < 5; turn += 1)
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
  } while (cryptoJobs() > 0);
}
