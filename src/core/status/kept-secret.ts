import type { SecretReference } from '../injection/decision.ts';

/**
 * Whether the Secret of a kept reference is in a namespace, which has these keys where it is. Others than those who may
 * read the pod read this: a key is named only where the Secret has it, or somebody may have written a token in its place.
 */
export function keptSecretText(
  { secret, key }: SecretReference,
  namespace: string,
  keys: readonly string[] | undefined,
): string {
  if (!keys) return `There is no Secret ${secret} in namespace ${namespace}.`;
  if (key === undefined) return `Secret ${secret} is in namespace ${namespace}.`;
  return keys.includes(key)
    ? `Secret ${secret} is in namespace ${namespace}, with the key ${key}.`
    : `Secret ${secret} in namespace ${namespace} does not have the key that is referred to.`;
}
