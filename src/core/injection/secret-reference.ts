import { type Json, isObject } from '../json.ts';
import { isDnsSubdomain, isSecretKey } from '../kubernetes-names.ts';
import type { SecretReference } from './decision.ts';

/** What an env entry refers to, where that is a Secret and both names are legal: a pod may hold any text in their place. */
export function readReference({ valueFrom }: Json): SecretReference | undefined {
  const reference = isObject(valueFrom) ? valueFrom.secretKeyRef : undefined;
  if (!isObject(reference)) return undefined;
  const { name: secret, key } = reference;
  return typeof secret === 'string' &&
    isDnsSubdomain(secret) &&
    typeof key === 'string' &&
    isSecretKey(key)
    ? { secret, key }
    : undefined;
}

/** A reference for people who may read the pod, or who have seen the key in the Secret: `secret/key`. */
export function referenceName({ secret, key }: SecretReference): string {
  return key === undefined ? secret : `${secret}/${key}`;
}
