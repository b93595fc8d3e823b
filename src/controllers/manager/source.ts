import type { KubeObject } from '../../kube/client/api.ts';

/** Where changes come from: what is read from the API server, or what another controller has found. */
export interface Source {
  /** Calls back on each change from now on, with the object where it is one that changed. */
  readonly subscribe: (listener: (changed?: KubeObject) => void) => void;
}

/** A source that notifies when it is asked to. */
export interface Signal extends Source {
  readonly notify: (changed?: KubeObject) => void;
}

/** A signal that nobody listens to yet. */
export function createSignal(): Signal {
  const listeners: ((changed?: KubeObject) => void)[] = [];
  return {
    subscribe: (listener) => void listeners.push(listener),
    notify(changed) {
      for (const listener of listeners) listener(changed);
    },
  };
}

/** What a controller has found, for others to read. */
export interface Published<T> extends Source {
  readonly current: T;
}

/** The same, for the one who finds it. */
export interface Topic<T> extends Published<T> {
  /** Replaces what was found before; subscribers are notified if it differs. */
  publish(value: T): void;
}

/** A topic with its first value; two values are the same where `isSame` says so. */
export function createTopic<T>(
  first: T,
  isSame: (one: T, other: T) => boolean = Object.is,
): Topic<T> {
  const { subscribe, notify } = createSignal();
  let current = first;
  return {
    get current() {
      return current;
    },
    publish(value) {
      const isNew = !isSame(current, value);
      current = value;
      if (isNew) notify();
    },
    subscribe,
  };
}
