import type { IncomingMessage } from 'node:http';

import { KubeError } from './api.ts';
import type { Connection, WireRequest } from './connection.ts';
import type { Delay } from '../delay.ts';
import { type Intent, noAnswer, statusError } from './request-error.ts';

/** How long and how often to try. */
export interface RequestLimits {
  /** For an answer and its whole body; of a watch only for the head of the answer. */
  readonly timeoutMs: number;
  /** Of one answer, or of one event of a watch. */
  readonly maxBytes: number;
  readonly delay: Delay;
}

/** Sends requests over one connection; whatever is refused or not answered is a KubeError. */
export interface Requests {
  /** The JSON of the answer. Where `stop` comes first, it fails with its reason, and no other try begins. */
  json(intent: Intent, request: Omit<WireRequest, 'signal'>, stop?: AbortSignal): Promise<unknown>;
  /** The answer with its body unread, and the way to end it, which `signal` does too. */
  open(
    intent: Intent,
    request: Omit<WireRequest, 'signal'>,
    signal: AbortSignal,
  ): Promise<IncomingMessage>;
  /** The KubeError of whatever went wrong below. */
  failure(intent: Intent, error: unknown): KubeError;
}

/** How often an overloaded server is asked again after the time that it names. */
const maxRetries = 4;
const maxRetryAfterMs = 30_000;

/** Opens the sender of requests. */
export function createRequests(connection: Connection, limits: RequestLimits): Requests {
  const { timeoutMs, maxBytes, delay } = limits;

  async function ask(
    intent: Intent,
    request: Omit<WireRequest, 'signal'>,
    begin: () => Attempt,
  ): Promise<{ answer: IncomingMessage; attempt: Attempt }> {
    let reloaded = false;
    for (let count = 1; ; count++) {
      const attempt = begin();
      try {
        attempt.stop?.throwIfAborted();
        const answer = await within(
          connection.send({ ...request, signal: attempt.signal }),
          attempt.signal,
        );
        const status = answer.statusCode ?? 0;
        if (status < 300) return { answer, attempt };
        const body = parseJson(await readBody(answer, maxBytes));
        if (status === 401 && !reloaded) {
          reloaded = true;
          connection.reload();
          continue;
        }
        const pauseMs = status === 429 ? retryAfterMs(answer) : undefined;
        if (pauseMs === undefined || count > maxRetries) throw statusError(intent, status, body);
        await delay(pauseMs, attempt.stop);
      } catch (error) {
        throw attempt.stop?.aborted === true ? attempt.stop.reason : failure(intent, error);
      } finally {
        attempt.over();
      }
    }
  }

  function failure(intent: Intent, error: unknown): KubeError {
    if (error instanceof KubeError) return error;
    if (error instanceof TooLong) return noAnswer(intent, 'TooLong', error.message);
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof Error && error.name === 'TimeoutError')
      return noAnswer(
        intent,
        'Timeout',
        `no answer from ${connection.server} within ${timeoutMs / 1000} s`,
        { cause: error },
      );
    const why = `no answer from ${connection.server}: ${message || code}`;
    return noAnswer(intent, typeof code === 'string' ? code : 'NoAnswer', why, { cause: error });
  }

  return {
    failure,
    json: async (intent, request, stop) => {
      const begin = () => wholeAttempt(timeoutMs, stop);
      const { answer, attempt } = await ask(intent, request, begin);
      const { signal } = attempt;
      try {
        const body = parseJson(await readBody(answer, maxBytes));
        if (body === undefined) throw noAnswer(intent, 'BadAnswer', 'the answer is not JSON');
        return body;
      } catch (error) {
        if (stop?.aborted === true) throw stop.reason;
        throw failure(intent, signal.aborted ? signal.reason : error);
      }
    },
    open: async (intent, request, signal) => {
      const { answer } = await ask(intent, request, () => headAttempt(timeoutMs, signal));
      return answer;
    },
  };
}

/** One try of a request. */
interface Attempt {
  readonly signal: AbortSignal;
  /** The caller's wish to end it all. */
  readonly stop?: AbortSignal;
  /** The head of the answer came, or none will. */
  over(): void;
}

/** A try whose time is over if the whole answer does not come. */
function wholeAttempt(timeoutMs: number, stop: AbortSignal | undefined): Attempt {
  const late = AbortSignal.timeout(timeoutMs);
  const signal = stop ? AbortSignal.any([late, stop]) : late;
  return { signal, ...(stop && { stop }), over: () => undefined };
}

/** A try whose time is over only if the head of the answer does not come. */
function headAttempt(timeoutMs: number, stop: AbortSignal): Attempt {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new DOMException('no answer', 'TimeoutError'));
  }, timeoutMs);
  return {
    signal: AbortSignal.any([late.signal, stop]),
    stop,
    over: () => {
      clearTimeout(timer);
    },
  };
}

/** Fails as soon as the signal comes, whatever the promise waits for. */
async function within<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => {
    reject(signal.reason as Error);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The answer is longer than anything that may be held in memory. */
class TooLong extends Error {
  override readonly name = 'TooLong';
}

async function readBody(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the answer.
    if (size > maxBytes) throw new TooLong(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error of JSON.parse quotes what it read.
    return undefined;
  }
}

/** What a Retry-After header asks for; the API server gives seconds, never a date. */
function retryAfterMs(answer: IncomingMessage): number | undefined {
  const seconds = Number(answer.headers['retry-after']);
  return seconds > 0 ? Math.min(seconds * 1000, maxRetryAfterMs) : undefined;
}
