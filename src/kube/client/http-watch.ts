import type { IncomingMessage } from 'node:http';

import { isObject } from '../../core/json.ts';
import type { KubeObject, WatchEvent } from './api.ts';
import { BadLine, readJsonLines } from './json-lines.ts';
import { type Intent, noAnswer, statusError } from './request-error.ts';

/** The reason of the error of a watch that brought nothing for too long, which need be no failure. */
export const silence = 'Silent';

/** How a watch reads its answer. */
export interface WatchReading {
  readonly intent: Intent;
  /** How long a watch may bring nothing at all. */
  readonly idleTimeoutMs: number;
  readonly maxBytes: number;
}

/**
 * The events of a watch's answer; throws a KubeError for an ERROR event, a line that is no event, and silence. What
 * the connection itself suffers is thrown as it is.
 */
export async function* readWatch(
  answer: IncomingMessage,
  { intent, idleTimeoutMs, maxBytes }: WatchReading,
): AsyncGenerator<WatchEvent> {
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    answer.destroy();
  }, idleTimeoutMs);
  try {
    const chunks = tapped(answer, () => timer.refresh());
    for await (const line of readJsonLines(chunks, { maxBytes })) yield readEvent(intent, line);
  } catch (error) {
    if (silent) throw noAnswer(intent, silence, `nothing came for ${idleTimeoutMs / 1000} s`);
    if (error instanceof BadLine) throw noAnswer(intent, 'BadAnswer', error.message);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function* tapped(answer: AsyncIterable<Buffer>, onChunk: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of answer) {
    onChunk();
    yield chunk;
  }
}

function readEvent(intent: Intent, line: unknown): WatchEvent {
  const { type, object } = isObject(line) ? line : {};
  if (!isObject(object)) throw noAnswer(intent, 'BadAnswer', 'a line is no event');
  if (type === 'ERROR') {
    const code = typeof object['code'] === 'number' ? object['code'] : 500;
    throw statusError(intent, code, object);
  }
  if (!isObject(object['metadata'])) throw noAnswer(intent, 'BadAnswer', 'an event has no object');
  const { resourceVersion } = object['metadata'];
  if (typeof resourceVersion !== 'string')
    throw noAnswer(intent, 'BadAnswer', 'an event has no version');
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: object as KubeObject };
    case 'BOOKMARK':
      return { type, resourceVersion };
    default:
      throw noAnswer(intent, 'BadAnswer', 'an event is of no known type');
  }
}
