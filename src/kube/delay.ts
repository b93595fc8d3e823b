import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for milliseconds; rejects when the signal comes first. */
export type Delay = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Waits by the clock of the machine. */
export const realDelay: Delay = (ms, signal) =>
  sleep(ms, undefined, signal === undefined ? {} : { signal });
