import type { KubeError, KubeObject, Selection, WatchEvent } from '../../src/kube/client/api.ts';
import { statusError } from '../../src/kube/client/request-error.ts';
import type { Resource } from '../../src/kube/client/resources.ts';
import { isSelected } from './fake-selectors.ts';

/** One change of one object; without `after` it was deleted. */
interface Change {
  readonly version: number;
  readonly plural: string;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

/** What a watch of the fake reads. */
export interface History {
  add(change: Change): void;
  /** Versions up to this one are too old from now on. */
  expire(version: number): void;
  bookmark(version: number): void;
  /** Ends all watches, with an error if one is given. */
  cut(error?: KubeError): void;
  watch(
    resource: Resource,
    selection: Selection,
    from: number,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent>;
}

interface Listener {
  readonly take: (change: Change | number) => void;
  readonly end: (error?: KubeError) => void;
}

/** An empty history. */
export function createHistory(): History {
  const changes: Change[] = [];
  const listeners = new Set<Listener>();
  let expired = 0;

  return {
    add: (change) => {
      changes.push(change);
      for (const listener of listeners) listener.take(change);
    },
    expire: (version) => {
      expired = version;
    },
    bookmark: (version) => {
      for (const listener of listeners) listener.take(version);
    },
    cut: (error) => {
      for (const listener of listeners) listener.end(error);
    },
    watch: async function* (resource, selection, from, signal) {
      const { namespace } = selection;
      if (from < expired)
        throw statusError({ verb: 'watch', resource, namespace }, 410, {
          kind: 'Status',
          reason: 'Expired',
          message: 'the version is too old',
        });
      const queue: (Change | number)[] = changes.filter(({ version }) => version > from);
      let ended = false;
      let failure: KubeError | undefined;
      let wake: () => void = () => undefined;
      const end = (error?: KubeError): void => {
        ended = true;
        failure = error;
        wake();
      };
      const stop = (): void => end();
      const listener: Listener = {
        take: (change) => {
          queue.push(change);
          wake();
        },
        end,
      };
      listeners.add(listener);
      signal.addEventListener('abort', stop);
      try {
        yield { type: 'BOOKMARK', resourceVersion: String(from) };
        while (!signal.aborted) {
          const next = queue.shift();
          if (next !== undefined) {
            const event = typeof next === 'number' ? bookmarkOf(next) : eventOf(next);
            if (event !== undefined) yield event;
          } else if (ended) {
            if (failure !== undefined) throw failure;
            return;
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
        }
      } finally {
        listeners.delete(listener);
        signal.removeEventListener('abort', stop);
      }

      function eventOf(change: Change): WatchEvent | undefined {
        if (change.plural !== resource.plural) return undefined;
        return toEvent(change, selection);
      }
    },
  };
}

function bookmarkOf(version: number): WatchEvent {
  return { type: 'BOOKMARK', resourceVersion: String(version) };
}

// An object that leaves the selection is deleted for the one who watches it, and added when it comes back.
function toEvent({ version, before, after }: Change, selection: Selection): WatchEvent | undefined {
  const was = before !== undefined && isSelected(before, selection);
  const is = after !== undefined && isSelected(after, selection);
  if (!was && !is) return undefined;
  const object = structuredClone(is ? after : before) as KubeObject;
  const metadata = { ...object.metadata, resourceVersion: String(version) };
  const type = is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED';
  return { type, object: shown({ ...object, metadata }, selection) };
}

/** An object as a selection asks for it. */
export function shown(object: KubeObject, selection: Selection): KubeObject {
  if (selection.metadataOnly !== true) return object;
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'PartialObjectMetadata',
    metadata: object.metadata,
  };
}
