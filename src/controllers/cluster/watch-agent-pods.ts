import { resources } from '../../kube/client/resources.ts';
import type { Cache, CachedObjects } from '../manager/cache.ts';
import { type Source, createSignal } from '../manager/source.ts';
import { type AgentPod, createPodProjection, notEnded } from './agent-pod.ts';

/** The pods that label selectors select, while these come and go. */
export interface WatchedAgentPods extends Source {
  /** Watches what these selectors select, and nothing else once that has been read. */
  select(selectors: readonly string[]): void;
  /** Whether all that is selected has been read, or could not be for some time. */
  readonly tried: boolean;
  /** Whether all that is selected has been read, and still may be. */
  readonly permitted: boolean;
  /** Each pod once, however many selectors select it. */
  pods(): Iterable<AgentPod>;
}

interface Watch {
  readonly objects: CachedObjects;
  tried: boolean;
}

/** Watches no pod yet. */
export function watchAgentPods(cache: Cache): WatchedAgentPods {
  const project = createPodProjection();
  const { subscribe, notify } = createSignal();
  const watches = new Map<string, Watch>();
  let selected: readonly Watch[] = [];

  function start(labelSelector: string): Watch {
    const selection = labelSelector === '' ? {} : { labelSelector };
    const objects = cache.watch(resources.pods, { fieldSelector: notEnded, ...selection }, project);
    const watch = { objects, tried: false };
    objects.subscribe(notify);
    void objects.whenTried.then(() => {
      watch.tried = true;
      notify();
    });
    return watch;
  }

  const tried = () => selected.every((watch) => watch.tried);

  /** Ends what is no longer selected, but not before the rest is there: its pods would be missed meanwhile. */
  function stopOthers(): void {
    if (!tried()) return;
    for (const [selector, watch] of watches) {
      if (selected.includes(watch)) continue;
      watch.objects.stop();
      watches.delete(selector);
    }
  }

  return {
    subscribe,
    select(selectors) {
      selected = selectors.map((selector) => {
        const watch = watches.get(selector) ?? start(selector);
        watches.set(selector, watch);
        return watch;
      });
      stopOthers();
    },
    get tried() {
      return tried();
    },
    get permitted() {
      return selected.every(({ objects }) => objects.permitted);
    },
    pods() {
      const pods = selected.flatMap(({ objects }) => objects.items() as readonly AgentPod[]);
      const byName = new Map(
        pods.map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]),
      );
      return byName.values();
    },
  };
}
