import {
  type KubeApi,
  KubeError,
  type KubeObject,
  type Selection,
  type WatchEvent,
} from '../client/api.ts';
import { backOffMs } from '../back-off.ts';
import type { Delay } from '../delay.ts';
import { silence } from '../client/http-watch.ts';
import { createStore } from './store.ts';
import { createProblemRecorder } from '../problem-recorder.ts';
import type { Resource } from '../client/resources.ts';
import { withoutManagedFields } from './without-managed-fields.ts';

/** What an informer needs. */
export interface InformerOptions {
  readonly api: KubeApi;
  readonly resource: Resource;
  readonly selection?: Selection;
  /** What to keep of each object: name, namespace, resourceVersion and all that is read; all but managedFields by default. */
  readonly project?: (object: KubeObject) => KubeObject;
  /**
   * The first list is there, and then each time that anything is another than before, `permitted` too; with the object
   * where it is one that was changed or deleted, as `project` has it.
   */
  readonly onChange: (changed?: KubeObject) => void;
  /** Each different problem once, also a throw of `onChange`; undefined when all is well again. */
  readonly onProblem: (problem: Error | undefined) => void;
  readonly delay: Delay;
  readonly random: () => number;
}

/** The objects of a selection as the API server has them, with as little delay as a watch brings. */
export interface Informer {
  /** Whether a whole list was ever there; it stays true, however old `items` may be. */
  readonly synced: boolean;
  /** Whether changes come in at present. */
  readonly connected: boolean;
  /** Whether the server lets us read it: false before the first list, and while it goes on refusing; `items` stay. */
  readonly permitted: boolean;
  /** Resolves when `synced` becomes true, and when the list is stopped before that. */
  readonly whenSynced: Promise<void>;
  items(): readonly KubeObject[];
  get(name: string, namespace?: string): KubeObject | undefined;
  stop(): void;
}

const backOff = { firstMs: 1000, maxMs: 30_000 };
/** Without bookmarks such an end is no failure, and a change must not wait for long. */
const emptyEndBackOff = { firstMs: 1000, maxMs: 5000 };
/** Rights are given by people, and each 403 is a line in an audit log. */
const forbiddenMs = 60_000;
/** An API server that has just started refuses everything for a moment, until it knows its roles. */
const answersBeforeForbidden = 5;
/** After so many failures in a row a list may help where the watch does not. */
const failuresBeforeList = 3;

/** Lists objects, watches them from there on, and goes on doing so whatever fails until it is stopped. */
export function startInformer(options: InformerOptions): Informer {
  const { api, resource, selection = {}, project = withoutManagedFields } = options;
  const store = createStore();
  const stopping = new AbortController();
  const { signal } = stopping;
  const recorder = createProblemRecorder(options.onProblem);
  const { promise: whenSynced, resolve: tellSynced } = Promise.withResolvers<void>();
  let synced = false;
  let connected = false;
  let permitted = false;
  /** How far we have come; undefined where only a list can go on. */
  let version: string | undefined;
  /** Since we last came any further. */
  let failures = 0;
  /** Answers 403 in a row. */
  let forbiddenAnswers = 0;
  /** Watches in a row that ended well and brought nothing. */
  let emptyEnds = 0;
  /** Whether the server has begun the watch that runs, or had begun the last one. */
  let begun = false;
  /** Whether the last watch ended after it had begun, and not as it should. */
  let brokeOff = false;

  function tellChange(changed?: KubeObject): void {
    try {
      options.onChange(changed);
      recorder.consumerWorks();
    } catch (error) {
      recorder.consumerFailed(error);
    }
  }

  function becomesPermitted(): boolean {
    const isNews = !permitted;
    permitted = true;
    forbiddenAnswers = 0;
    return isNews;
  }

  async function list(): Promise<string> {
    const answer = await api.list(resource, selection, project);
    if (signal.aborted) return answer.resourceVersion;
    const changed = store.replaceAll(answer.items);
    synced = true;
    tellSynced();
    if (becomesPermitted() || changed) tellChange();
    return answer.resourceVersion;
  }

  /** The object of an event, if the event changes anything. */
  function take(event: WatchEvent): KubeObject | undefined {
    if (event.type === 'BOOKMARK') {
      version = event.resourceVersion;
      return undefined;
    }
    version = event.object.metadata.resourceVersion ?? version;
    const object = project(event.object);
    const isChange = event.type === 'DELETED' ? store.remove(object) : store.put(object);
    return isChange ? object : undefined;
  }

  async function follow(from: string): Promise<void> {
    for await (const event of api.watch(resource, selection, from, signal)) {
      if (signal.aborted) return;
      connected = true;
      const changed = take(event);
      if (becomesPermitted()) tellChange();
      else if (changed) tellChange(changed);
      const gotOn = version !== from;
      if (gotOn) failures = emptyEnds = 0;
      // One that broke off before may do so again at the same place, and would be reported each time.
      if (gotOn || !brokeOff) recorder.serverWorks();
      begun = true;
    }
    brokeOff = false;
    recorder.serverWorks();
    // A server may end a watch at once, again and again.
    emptyEnds = version === from ? emptyEnds + 1 : 0;
  }

  function pauseAfter(error: unknown): number {
    const { status, reason } = error instanceof KubeError ? error : { status: 0, reason: '' };
    // Servers differ in whether a watch at rest has bookmarks, so that only the next request shows what it means.
    if (reason === silence) return 0;
    connected = false;
    failures += 1;
    forbiddenAnswers = status === 403 ? forbiddenAnswers + 1 : 0;
    brokeOff = begun;
    const isOld = status === 410;
    if (isOld || (failures >= failuresBeforeList && (begun || mayConcernVersion(status))))
      version = undefined;
    // The usual end of a long gap: nothing is wrong, unless it comes again at once.
    if (isOld && failures === 1) return 0;
    recorder.serverFailed(error);
    if (forbiddenAnswers > answersBeforeForbidden) {
      if (permitted) {
        permitted = false;
        tellChange();
      }
      return forbiddenMs * (0.75 + options.random() / 2);
    }
    return backOffMs(failures, backOff, options.random);
  }

  async function round(): Promise<number> {
    begun = false;
    try {
      version ??= await list();
      if (!signal.aborted) await follow(version);
      return emptyEnds === 0 ? 0 : backOffMs(emptyEnds, emptyEndBackOff, options.random);
    } catch (error) {
      return signal.aborted ? 0 : pauseAfter(error);
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await round();
      if (pauseMs > 0 && !signal.aborted)
        await options.delay(pauseMs, signal).catch(() => undefined);
    }
    connected = false;
    tellSynced();
  }

  void run();
  return {
    get synced() {
      return synced;
    },
    get connected() {
      return connected;
    },
    get permitted() {
      return permitted;
    },
    whenSynced,
    items: () => store.items(),
    get: (name, namespace) => store.get(name, namespace),
    stop: () => {
      stopping.abort();
      connected = false;
      tellSynced();
    },
  };
}

// A server that is unavailable, overloaded or refuses us altogether says nothing of the version.
function mayConcernVersion(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 403, 429].includes(status);
}
