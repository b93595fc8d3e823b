import type { Source } from './source.ts';

/** Reconciles objects of one kind. */
export interface Controller {
  /** As `--controllers` and the log name it. */
  readonly name: string;
  /** What has all keys looked at again when it changes. */
  readonly watches: readonly Source[];
  /** The keys that there are now. */
  readonly keys: () => readonly string[];
  /** Resolves when what it reads has been read; nothing of it runs before. */
  readonly whenReady?: Promise<unknown>;
  /** Reconciles the object that a key stands for; resolves with the time to do so again even if nothing changes. */
  reconcile(key: string): Promise<Date | undefined>;
  /** Least time between two runs of a key, milliseconds. */
  readonly minIntervalMs?: number;
  /** How many keys may be at work at the same time; one by default. */
  readonly maxConcurrent?: number;
}
