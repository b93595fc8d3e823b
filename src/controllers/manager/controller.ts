import type { Source } from './source.ts';

/** Keeps one kind of thing as it should be. */
export interface Controller {
  /** As `--controllers` and the log name it. */
  readonly name: string;
  /** What has all keys looked at again when it changes. */
  readonly watches: readonly Source[];
  /** The keys that there are now. */
  readonly keys: () => readonly string[];
  /** Resolves when what it reads has been read; nothing of it runs before. */
  readonly whenReady?: Promise<unknown>;
  /** Brings what a key stands for nearer to what it should be; tells when to look again though nothing changed. */
  reconcile(key: string): Promise<Date | undefined>;
  /** Least time between two runs of a key, milliseconds. */
  readonly minIntervalMs?: number;
  /** How many keys may be at work at the same time; one by default. */
  readonly maxConcurrent?: number;
}
