import { createHook } from 'node:async_hooks';

// What certificates are made by; each runs in another thread, as long as the machine lets it.
const asynchronous = new Set(['KEYPAIRGENREQUEST', 'SIGNREQUEST', 'HASHREQUEST']);
const running = new Set<number>();
let wake: (() => void) | undefined;

function end(id: number): void {
  if (running.delete(id) && running.size === 0) wake?.();
}

createHook({
  init: (id, type) => void (asynchronous.has(type) && running.add(id)),
  after: end,
  destroy: end,
  trackPromises: false,
}).enable();

/** How many keys, signatures and hashes other threads are making for this one. */
export function cryptoJobs(): number {
  return running.size;
}

/** Waits until the last of them is made; what follows from it has not happened yet. */
export function cryptoJobsDone(): Promise<void> {
  return new Promise((resolve) => {
    if (running.size === 0) resolve();
    else wake = resolve;
  });
}
