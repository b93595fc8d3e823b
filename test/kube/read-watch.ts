import type { KubeApi, Selection, WatchEvent } from '../../src/kube/client/api.ts';
import type { Resource } from '../../src/kube/client/resources.ts';

/** A watch that is read event by event; undefined is its end. */
export function startWatch(
  api: KubeApi,
  resource: Resource,
  selection: Selection,
  version: string,
): {
  readonly next: () => Promise<WatchEvent | undefined>;
  /** The same, without the bookmarks that a server sends when it likes. */
  readonly nextChange: () => Promise<WatchEvent | undefined>;
  readonly stop: () => void;
} {
  const stopping = new AbortController();
  const events = api.watch(resource, selection, version, stopping.signal)[Symbol.asyncIterator]();
  const next = async () => {
    const { done, value } = await events.next();
    return done === true ? undefined : value;
  };
  return {
    next,
    nextChange: async () => {
      let event = await next();
      while (event?.type === 'BOOKMARK') event = await next();
      return event;
    },
    stop: () => stopping.abort(),
  };
}
