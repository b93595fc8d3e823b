import { stat } from 'node:fs/promises';

/** What watching needs from outside. */
export interface WatchOptions {
  /** Names the files and folders to look at; called again each time, so that new files are seen. */
  readonly paths: () => Promise<readonly string[]>;
  /** What the files were like when they were last read, by `fingerprintFiles`. */
  readonly since: string;
  /** Whether what was read can be used; if not, it is read again at the next look. */
  readonly onChange: () => Promise<boolean>;
  /** Waits between two looks; rejects when the watch is to end. */
  readonly wait: () => Promise<void>;
}

/**
 * Looks at files again and again and reports when any is another than before, comes or goes. It asks instead of
 * listening, since the symbolic links of a mounted Secret or ConfigMap are swapped in ways that listeners miss.
 */
export async function watchFiles({ paths, since, onChange, wait }: WatchOptions): Promise<void> {
  let last = since;
  let usable = true;
  for (;;) {
    try {
      await wait();
    } catch {
      return;
    }
    const next = await fingerprintFiles(await paths());
    // Even as they were at first: what could not be used may have come back.
    if (usable && next === last) continue;
    last = next;
    usable = await onChange();
  }
}

/** Tells what files are like, so that a change can be seen; take it before reading them. */
export async function fingerprintFiles(paths: readonly string[]): Promise<string> {
  const states = paths.map(async (path) => {
    try {
      const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
      return `${path} ${dev} ${ino} ${size} ${mtimeNs}`;
    } catch {
      return `${path} absent`;
    }
  });
  return (await Promise.all(states)).join('\n');
}
