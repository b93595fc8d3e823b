import { backOffMs } from '../../kube/back-off.ts';
import type { Clock } from './clock.ts';

/** What a work queue is made of. */
export interface WorkQueueOptions {
  /** Reconciles the object that a key stands for; resolves with the time to do so again even if nothing changes. */
  readonly reconcile: (key: string) => Promise<Date | undefined>;
  /** Receives how each run of a key ended; undefined where it succeeded. */
  readonly onResult: (key: string, error: unknown) => void;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** Least time between two runs of a key, milliseconds: changes come in bursts, and one run does for all of one. */
  readonly minIntervalMs: number;
  /** How many keys may be at work at the same time. */
  readonly maxConcurrent: number;
  /** Ends it: no run begins any more. */
  readonly signal: AbortSignal;
}

/** A key that is not forgotten yet. */
interface Item {
  readonly key: string;
  state: 'waiting' | 'ready' | 'running';
  /** Whether it was added since its last run began. */
  added: boolean;
  /** Before this it does not run, milliseconds since the epoch. */
  earliest: number;
  /** At this it runs though it was not added. */
  due: number | undefined;
  /** Runs in a row that failed. */
  failures: number;
  /** Ends the waiting. */
  alarm: AbortController | undefined;
}

const backOff = { firstMs: 500, maxMs: 5 * 60_000 };
/** Least time before a key that failed is tried again, also when it is added meanwhile. */
const minRetryMs = 500;

/**
 * Runs keys one after the other or several at once, never one twice at the same time. A key that is added many times
 * while it waits runs once; one that fails is tried again with growing pauses, each key by itself.
 */
export class WorkQueue {
  readonly #items = new Map<string, Item>();
  #ready: Item[] = [];
  #running = 0;
  readonly #options: WorkQueueOptions;
  readonly #ended = Promise.withResolvers<void>();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    const { signal } = options;
    if (signal.aborted) this.#end();
    else signal.addEventListener('abort', () => this.#end(), { once: true });
  }

  /** Settles when the signal came and nothing runs any more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Something changed about a key: it runs soon. */
  add(key: string): void {
    if (this.#options.signal.aborted) return;
    const item = this.#items.get(key) ?? this.#newItem(key);
    // It is waited for already; to do that anew for each of many changes costs more than the changes.
    if (item.added) return;
    item.added = true;
    if (item.state === 'waiting') this.#wait(item, item.earliest);
  }

  #newItem(key: string): Item {
    const item: Item = {
      key,
      state: 'waiting',
      added: false,
      earliest: 0,
      due: undefined,
      failures: 0,
      alarm: undefined,
    };
    this.#items.set(key, item);
    return item;
  }

  #wait(item: Item, until: number): void {
    item.alarm?.abort();
    item.state = 'waiting';
    const { clock } = this.#options;
    const waitMs = until - clock.now().getTime();
    if (waitMs <= 0) {
      this.#wake(item);
      return;
    }
    const alarm = new AbortController();
    item.alarm = alarm;
    clock.delay(waitMs, alarm.signal).then(
      () => this.#wake(item),
      () => undefined,
    );
  }

  #wake(item: Item): void {
    item.alarm = undefined;
    if (this.#options.signal.aborted) return;
    const { due } = item;
    if (item.added || (due !== undefined && due <= this.#options.clock.now().getTime())) {
      item.state = 'ready';
      this.#ready.push(item);
      this.#startNext();
    } else if (due === undefined) {
      this.#items.delete(item.key);
    } else {
      this.#wait(item, due);
    }
  }

  #startNext(): void {
    const { maxConcurrent, signal } = this.#options;
    while (!signal.aborted && this.#running < maxConcurrent) {
      const item = this.#ready.shift();
      if (!item) return;
      this.#running += 1;
      void this.#run(item);
    }
  }

  async #run(item: Item): Promise<void> {
    const { reconcile, onResult, clock, random, minIntervalMs, signal } = this.#options;
    item.state = 'running';
    item.added = false;
    let pauseMs = minIntervalMs;
    try {
      const due = await reconcile(item.key);
      item.failures = 0;
      item.due = due?.getTime();
      onResult(item.key, undefined);
    } catch (error) {
      item.failures += 1;
      item.due = clock.now().getTime() + backOffMs(item.failures, backOff, random);
      // A change may be what fixes it.
      pauseMs = Math.max(pauseMs, minRetryMs);
      if (!signal.aborted) onResult(item.key, error);
    }
    this.#running -= 1;
    item.earliest = clock.now().getTime() + pauseMs;
    if (signal.aborted) {
      this.#end();
      return;
    }
    this.#wait(item, item.earliest);
    this.#startNext();
  }

  #end(): void {
    for (const { alarm } of this.#items.values()) alarm?.abort();
    this.#items.clear();
    this.#ready = [];
    if (this.#running === 0) this.#ended.resolve();
  }
}
