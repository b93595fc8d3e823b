import type { KubeApi, Selection, WatchEvent } from '../../src/kube/api.ts';
import type { Resource } from '../../src/kube/resources.ts';

/** A watch that is read event by event; undefined is its end. */
export function startWatch(
  api: KubeApi,
  resource: Resource,
  selection: Selection,
  version: string,
): { readonly next: () => Promise<WatchEvent | undefined>; readonly stop: () => void } {
  const stopping = new AbortController();
  const events = api.watch(resource, selection, version, stopping.signal)[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await events.next();
      return done === true ? undefined : value;
    },
    stop: () => stopping.abort(),
  };
}
