import type { ServerResponse } from 'node:http';
import { callerOf } from './connections.ts';
import type { OldestGivesWay } from './oldest-gives-way.ts';
import { Aborted, GaveWay } from './read-body.ts';

// Connection, head and all that is made of a request, however small its body is, which is counted beside this.
const waitingRequest = 64 * 1024;

/**
 * Counts the memory of a request while it waits for something. The signal comes, and ends the waiting, when that gives
 * way to others or the caller is gone: who waits must not be kept by what it waits for.
 */
export async function whileWaiting<T>(
  memory: OldestGivesWay,
  response: ServerResponse,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const hold = memory.hold(callerOf(response.req.socket), () => ended.abort(new GaveWay()));
  const onClose = () => ended.abort(new Aborted());
  response.once('close', onClose);
  memory.set(hold, waitingRequest);
  try {
    return await wait(ended.signal);
  } finally {
    response.off('close', onClose);
    memory.release(hold);
  }
}
