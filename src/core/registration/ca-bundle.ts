import { type Json, isObject } from '../json.ts';

/** The `caBundle` of an entry that trusts these CA certificates (PEM). */
export function encodeCaBundle(cas: readonly string[]): string {
  return btoa(cas.join(''));
}

/** The CA certificates of an entry as one PEM text, empty where it has none. */
export function decodeCaBundle({ clientConfig }: Json): string {
  const caBundle = isObject(clientConfig) ? clientConfig['caBundle'] : undefined;
  return typeof caBundle === 'string' ? atob(caBundle) : '';
}
