import { isDeepStrictEqual } from 'node:util';

import type { Json } from '../../src/core/json.ts';
import type { KubeObject } from '../../src/kube/client/api.ts';
import type { Resource } from '../../src/kube/client/resources.ts';

const withStatus = [
  'TokenPolicy',
  'CustomResourceDefinition',
  'ValidatingAdmissionPolicy',
  'Namespace',
  'Pod',
];

/** All that generation counts. */
export function contents(object: KubeObject): Json {
  const uncounted = ['apiVersion', 'kind', 'metadata', 'status'];
  return Object.fromEntries(Object.entries(object).filter(([key]) => !uncounted.includes(key)));
}

/** An object as others than its controller write it. */
export function withoutStatus(object: KubeObject, { kind }: Resource): KubeObject {
  if (!withStatus.includes(kind)) return object;
  const { status: _, ...rest } = object;
  return rest;
}

/** What of an object a server-side apply writes. */
export function writablePart(
  object: KubeObject,
  resource: Resource,
  subresource: 'status' | undefined,
): Json {
  return subresource === 'status'
    ? { status: object['status'] ?? {} }
    : withoutStatus(object, resource);
}

/** An object with the status that it had. */
export function withStatusOf(
  before: KubeObject,
  object: KubeObject,
  { kind }: Resource,
): KubeObject {
  const { status } = before;
  return withStatus.includes(kind) && status !== undefined ? { ...object, status } : object;
}

/** Whether a change is one that no Secret allows: of its type, or of the data of an immutable one. */
export function isForbiddenChange(before: KubeObject | undefined, after: Json): boolean {
  if (before?.kind !== 'Secret') return false;
  const typeOf = (secret: Json) => secret['type'] ?? 'Opaque';
  if (typeOf(before) !== typeOf(after)) return true;
  if (before['immutable'] !== true) return false;
  return after['immutable'] !== true || !isDeepStrictEqual(before['data'], after['data']);
}
