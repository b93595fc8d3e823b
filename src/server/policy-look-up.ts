import type { PoliciesByName } from '../core/policy/parse-policy.ts';

/** What a look-up needs from outside. */
export interface LookUpOptions {
  /** Reads every policy; rejects with a message for people where that cannot be. */
  readonly readAll: () => Promise<PoliciesByName>;
  /** Gets what was read, and the names that were asked for, before anybody who waits for it goes on. */
  readonly onRead: (policies: PoliciesByName, asked: readonly string[]) => void;
  /** Milliseconds since whenever, that never go back. */
  readonly now: () => number;
  readonly delay: (ms: number, signal?: AbortSignal) => Promise<void>;
}

interface Waiting {
  readonly name: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

// Who comes just after a read began waits for it or for the pause, and for the next one: 0.8 s at most, and the API
// server waits for 1. A read of 300 policies takes 30 to 100 ms.
const minIntervalMs = 400;
const timeoutMs = 400;
const missRememberedMs = 3_000;
const maxMisses = 1_000;

/**
 * Reads policies when somebody asks for one that is not known. One read answers all that wait and reads are 0.4 s
 * apart, whatever the names: callers can invent as many as they like.
 */
export class PolicyLookUp {
  #waiting: Waiting[] = [];
  #isReading = false;
  #lastRead = -Infinity;
  /** When names that are no policy's were read in vain, the oldest first. */
  readonly #misses = new Map<string, number>();
  readonly #options: LookUpOptions;

  constructor(options: LookUpOptions) {
    this.#options = options;
  }

  /**
   * Resolves once all policies were read since this call began, or lately in vain; rejects when they cannot be read, or
   * at once with the reason of the signal. How many wait is for the caller to bound; of one that gave up, only the name
   * stays until it is read, for the next one that asks.
   */
  ask(name: string, signal: AbortSignal): Promise<void> {
    const missed = this.#misses.get(name);
    if (missed !== undefined && this.#options.now() - missed < missRememberedMs)
      return Promise.resolve();
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      signal.addEventListener('abort', () => reject(signal.reason));
      this.#waiting.push({ name, resolve, reject });
      if (!this.#isReading) void this.#readForAll();
    });
  }

  async #readForAll(): Promise<void> {
    const { now, delay } = this.#options;
    this.#isReading = true;
    while (this.#waiting.length > 0) {
      const pauseMs = this.#lastRead + minIntervalMs - now();
      // Without a pause too, all who ask at the same time share the read.
      await (pauseMs > 0 ? delay(pauseMs) : undefined);
      this.#lastRead = now();
      const before = this.#waiting;
      this.#waiting = [];
      try {
        this.#answer(before, await this.#read());
      } catch (error) {
        for (const { reject } of before) reject(error);
      }
    }
    this.#isReading = false;
  }

  async #read(): Promise<PoliciesByName> {
    const { readAll, delay } = this.#options;
    const ended = new AbortController();
    const tooLate = delay(timeoutMs, ended.signal).then(() => {
      throw new Error(`the API server did not answer within ${timeoutMs} ms`);
    });
    try {
      return await Promise.race([readAll(), tooLate]);
    } finally {
      ended.abort();
    }
  }

  #answer(before: readonly Waiting[], policies: PoliciesByName): void {
    this.#options.onRead(
      policies,
      [...before, ...this.#waiting].map(({ name }) => name),
    );
    for (const { name, resolve } of before) {
      if (!policies.has(name)) this.#rememberMiss(name);
      resolve();
    }
    // The policy of who came since may be newer than what was read.
    this.#waiting = this.#waiting.filter(({ name, resolve }) => {
      if (policies.has(name)) resolve();
      return !policies.has(name);
    });
  }

  #rememberMiss(name: string): void {
    this.#misses.delete(name);
    this.#misses.set(name, this.#lastRead);
    if (this.#misses.size <= maxMisses) return;
    const [oldest] = this.#misses.keys();
    this.#misses.delete(oldest!);
  }
}
