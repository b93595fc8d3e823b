/** Where changes come from: what is read from the API server, or what another controller has found. */
export interface Source {
  /** Calls back on each change from now on. */
  subscribe(listener: () => void): void;
}

/** What a controller has found, for others to read. */
export interface Published<T> extends Source {
  readonly current: T;
}

/** The same, for the one who finds it. */
export interface Topic<T> extends Published<T> {
  /** Takes the place of what was found before; those who subscribed are told where it is something else. */
  publish(value: T): void;
}

/** A topic with its first value; two values are the same where `isSame` says so. */
export function createTopic<T>(
  first: T,
  isSame: (one: T, other: T) => boolean = Object.is,
): Topic<T> {
  const listeners: (() => void)[] = [];
  let current = first;
  return {
    get current() {
      return current;
    },
    publish(value) {
      const isNew = !isSame(current, value);
      current = value;
      if (isNew) for (const listener of listeners) listener();
    },
    subscribe: (listener) => void listeners.push(listener),
  };
}
