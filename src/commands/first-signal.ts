/** Resolves with the first SIGTERM or SIGINT; a second one ends the process at once. */
export function firstSignal(): Promise<NodeJS.Signals> {
  let isFirst = true;
  return new Promise((resolve) => {
    // Handlers of our own to the end: for the first process of a container the system's default is to do nothing.
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      process.on(signal, () => {
        if (!isFirst) process.exit(code);
        isFirst = false;
        resolve(signal);
      });
    }
  });
}
