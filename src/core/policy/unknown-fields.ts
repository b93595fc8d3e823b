import { isObject } from '../json.ts';
import { didYouMean } from './did-you-mean.ts';

/** A field that a schema does not know. */
export interface UnknownField {
  /** Its path, with `?` for a name that cannot be a field's: that may be anything, a token too, and is not repeated. */
  readonly path: string;
  readonly name: string;
  readonly value: unknown;
  /** The fields that the schema knows in its place. */
  readonly known: readonly string[];
}

/** Says what is wrong with a field that is not known, or nothing where it may be ignored. */
export type JudgeUnknownField = (field: UnknownField) => string | undefined;

const fieldName = /^[a-zA-Z][a-zA-Z0-9]{0,39}$/;

/** The fields of an object that are not known. */
export function unknownFields(
  object: Iterable<readonly [string, unknown]>,
  known: readonly string[],
  path: string,
): UnknownField[] {
  const fields: UnknownField[] = [];
  for (const [name, value] of object) {
    if (known.includes(name)) continue;
    const shown = fieldName.test(name) || isNear(name, known) ? name : '?';
    fields.push({ path: path === '' ? shown : `${path}.${shown}`, name, value, known });
  }
  return fields;
}

/** Whether a name is a known field's in another spelling, such as `secret-name`, and so no token. */
function isNear(name: string, known: readonly string[]): boolean {
  return /^[\w-]+$/.test(name) && didYouMean(name, known) !== undefined;
}

const keyOfSecret = 'write key; the Secret is spec.secret, or secretName of the entry';

// What is written elsewhere in Kubernetes, and here otherwise.
const habits: Readonly<Record<string, string>> = {
  valueFrom: keyOfSecret,
  secretKeyRef: keyOfSecret,
  value: `a policy holds no values; ${keyOfSecret}`,
  envFrom: `list the variables below env; in each, ${keyOfSecret}`,
  secretRef: `list the variables below env; in each, ${keyOfSecret}`,
  matchLabels: 'write it below podSelector or namespaceSelector',
  matchExpressions: 'write it below podSelector or namespaceSelector',
};

/** Refuses it: in a file it is a mistake. */
export function refuseUnknownField({ name, known }: UnknownField): string {
  if (Object.hasOwn(habits, name)) return `unknown field; ${habits[name]}`;
  const guess = didYouMean(name, known);
  return guess
    ? `unknown field; did you mean "${guess}"?`
    : `unknown field; known here: ${known.join(', ')}`;
}

// What stands here says which pods get which token: without it they might be others.
const decisive = ['spec.match.', 'spec.inject.'];

/**
 * Refuses it only where a policy would mean something else without it. The API server fills in the defaults of a newer
 * definition, so a field alone says nothing: see docs/decisions/0017-unknown-fields-of-stored-policies.md.
 */
export function refuseDecisiveField({
  path,
  name,
  value,
  known,
}: UnknownField): string | undefined {
  if (!decisive.some((start) => path.startsWith(start)) || isUnset(value)) return undefined;
  const message =
    'is not known to this version of token-injector and may say which pods get which token: run the version that the policy was written for';
  const guess = didYouMean(name, known);
  return guess ? `${message}; or did you mean "${guess}"?` : message;
}

const deepest = 4;

/** Whether a value is what a field has that nobody has set, by the rule that new fields keep to. */
function isUnset(value: unknown, depth = 0): boolean {
  if (value === null || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return (
    isObject(value) &&
    depth < deepest &&
    Object.values(value).every((item) => isUnset(item, depth + 1))
  );
}
