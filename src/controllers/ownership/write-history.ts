import type { KubeObject } from '../../kube/client/api.ts';

/** The writes of late that changed an object, by which those are noticed who change it back each time. */
export interface WriteHistory {
  /** Whether what is wanted of the object was written so often that somebody else must undo it. */
  hasConflict(id: string, wanted: object): boolean;
  /** Takes down a write; one that failed or changed nothing undid nobody's work, and does not count. */
  note(id: string, wanted: object, seen: KubeObject | undefined, written: KubeObject): void;
}

const maxWrites = 6;
const windowMs = 60_000;

/** An empty history. */
export function createWriteHistory(now: () => Date): WriteHistory {
  const writes = new Map<
    string,
    { readonly wanted: string; readonly version: unknown; readonly times: readonly number[] }
  >();
  const recent = (id: string, wanted: string) => {
    const before = writes.get(id);
    const since = now().getTime() - windowMs;
    return before?.wanted === wanted ? before.times.filter((at) => at > since) : [];
  };
  return {
    hasConflict: (id, wanted) => recent(id, JSON.stringify(wanted)).length >= maxWrites,
    note(id, wanted, seen, written) {
      const { resourceVersion: version } = written.metadata;
      // What was seen may be older than what we wrote last.
      if (version === seen?.metadata.resourceVersion || version === writes.get(id)?.version) return;
      const text = JSON.stringify(wanted);
      const times = [...recent(id, text), now().getTime()];
      writes.set(id, { wanted: text, version, times });
    },
  };
}
