import { type Json, isObject, readList } from '../core/json.ts';
import type { Container } from '../core/injection/pod.ts';
import { isForbiddenEnvName } from '../core/policy/forbidden-env.ts';
import { isTokenName, mayBeToken } from './token-names.ts';

/** A variable of a container that holds a token. */
export interface VariableUse {
  readonly container: string;
  readonly variable: string;
  /** The Secret that it refers to, and its key; absent where a value is written out. */
  readonly secret?: string;
  readonly key?: string;
  /** Whether there is a value that is written out: an empty one waits for a token. */
  readonly isWritten: boolean;
}

/** The variables that refer to a Secret, or have a value under the name of a token, as far as a policy can set them. */
export function variableUses({ name: container, object }: Container): VariableUse[] {
  return readList(object.env).flatMap((entry) => {
    const use = isObject(entry) ? variableUse(entry) : undefined;
    return use && !isForbiddenEnvName(use.variable) ? [{ container, ...use }] : [];
  });
}

function variableUse({ name, value, valueFrom }: Json): Omit<VariableUse, 'container'> | undefined {
  if (typeof name !== 'string') return undefined;
  const reference = isObject(valueFrom) ? valueFrom.secretKeyRef : undefined;
  if (isObject(reference)) {
    const { name: secret, key } = reference;
    return typeof secret === 'string' && typeof key === 'string'
      ? { variable: name, secret, key, isWritten: false }
      : undefined;
  }
  const isEmpty = typeof value !== 'string' || value === '';
  return valueFrom === undefined && isTokenName(name) && (isEmpty || mayBeToken(value))
    ? { variable: name, isWritten: !isEmpty }
    : undefined;
}
