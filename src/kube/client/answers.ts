import { isObject, readList } from '../../core/json.ts';
import { KubeError, type KubeObject } from './api.ts';
import { type Intent, noAnswer } from './request-error.ts';

/** Whether there is no such object; only Kubernetes gives a reason: whatever else answers 404 knows nothing of it. */
export function isAbsence(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404 && error.reason !== '';
}

/** The object in an answer. */
export function readObject(intent: Intent, body: unknown): KubeObject {
  if (!isObject(body) || !isObject(body['metadata']))
    throw noAnswer(intent, 'BadAnswer', 'the answer is no object');
  return body as KubeObject;
}

/** The objects of one page of a list, and where the next one is. */
export function readPage(
  intent: Intent,
  body: unknown,
): {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: unknown };
  readonly objects: readonly KubeObject[];
} {
  const { metadata, items } = isObject(body) ? body : {};
  if (!isObject(metadata) || typeof metadata['resourceVersion'] !== 'string')
    throw noAnswer(intent, 'BadAnswer', 'the answer is no list');
  return {
    metadata: { resourceVersion: metadata['resourceVersion'], continue: metadata['continue'] },
    objects: readList(items) as readonly KubeObject[],
  };
}
