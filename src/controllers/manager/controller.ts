import type { KubeObject } from '../../kube/client/api.ts';
import type { Source } from './source.ts';

/** What a controller follows. */
interface Watch extends Source {
  /** The keys to look at again when one object changes; all of them where it is not given. */
  readonly keysFor?: (changed: KubeObject) => readonly string[];
}

/** Reconciles objects of one kind. */
export interface Controller {
  /** As `--controllers` and the log name it. */
  readonly name: string;
  /** What has keys looked at again when it changes. */
  readonly watches: readonly Watch[];
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
