import { type KubeApi, KubeError, type KubeObject, type Selection } from '../../kube/client/api.ts';
import type { Delay } from '../../kube/delay.ts';
import type { Resource } from '../../kube/client/resources.ts';
import { type Informer, startInformer } from '../../kube/informer/informer.ts';
import { type Source, createSignal } from './source.ts';

/** Objects of one kind as the API server has them. */
export interface CachedObjects extends Source, Pick<Informer, 'items' | 'get' | 'whenSynced'> {
  /** Whether they have been read, and still may be. */
  readonly permitted: boolean;
  /** Whether the API server was last found not to know their kind. */
  readonly notServed: boolean;
  /** Resolves when they were read once, or could not be for some time. */
  readonly whenTried: Promise<unknown>;
  /** Ends the watch; what was read stays. */
  stop(): void;
}

/** What the controllers of one process read of the cluster; each kind is watched from when it is first asked for. */
export interface Cache {
  /** `project` says what is kept of each object. */
  watch(
    resource: Resource,
    selection?: Selection,
    project?: (object: KubeObject) => KubeObject,
  ): CachedObjects;
  stop(): void;
}

/** What a cache is made of. */
export interface CacheOptions {
  readonly api: KubeApi;
  readonly delay: Delay;
  /** 0 to 1. */
  readonly random: () => number;
  /** Receives why a kind cannot be watched; undefined when it can again. */
  readonly onProblem: (resource: Resource, problem: Error | undefined) => void;
}

// An API server that has just started refuses everything for a moment.
const retryMs = 15_000;

/** An empty cache. */
export function createCache({ api, delay, random, onProblem }: CacheOptions): Cache {
  const informers = new Set<Informer>();
  return {
    watch(resource, selection = {}, project) {
      const { subscribe, notify } = createSignal();
      let isFailing = false;
      let notServed = false;
      const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
      const informer = startInformer({
        api,
        delay,
        random,
        resource,
        selection,
        ...(project ? { project } : {}),
        onProblem(problem) {
          isFailing = problem !== undefined;
          if (problem) void delay(retryMs).then(fail, fail);
          onProblem(resource, problem);
          const was = notServed;
          notServed = problem instanceof KubeError && problem.status === 404;
          if (notServed !== was) notify();
        },
        onChange: notify,
      });
      informers.add(informer);
      return {
        items: () => informer.items(),
        get: (name, namespace) => informer.get(name, namespace),
        get permitted() {
          return informer.permitted;
        },
        get notServed() {
          return notServed;
        },
        whenSynced: informer.whenSynced,
        whenTried: Promise.race([informer.whenSynced, failed]),
        subscribe,
        stop() {
          informer.stop();
          informers.delete(informer);
          // Nobody waits for it any more.
          if (isFailing) onProblem(resource, undefined);
        },
      };
    },
    stop() {
      for (const informer of informers) informer.stop();
    },
  };
}

/** One object of a kind, by its name. */
export function byName(name: string): Selection {
  return { fieldSelector: `metadata.name=${name}` };
}
