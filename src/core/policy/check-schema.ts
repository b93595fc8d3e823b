import { isObject } from '../json.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Problem } from './problem.ts';
import type { Schema } from './schema-language.ts';

/**
 * Checks a value against a schema and returns a copy with the defaults filled in; what is wrong goes to `problems`.
 * A null counts as absent, as the API server has it for custom resources.
 */
export function checkSchema(
  schema: Schema,
  value: unknown,
  path: string,
  problems: Problem[],
): unknown {
  const given = value ?? schema.default;
  switch (schema.type) {
    case 'object':
      return checkObject(schema, given, path, problems);
    case 'array':
      return checkArray(schema, given, path, problems);
    case 'string':
      return checkString(schema, given, path, problems);
    case 'boolean':
      return checkBoolean(given, path, problems);
    case 'integer':
      return checkInteger(schema, given, path, problems);
    default:
      return schema.type satisfies never;
  }
}

function checkBoolean(value: unknown, path: string, problems: Problem[]): unknown {
  if (typeof value !== 'boolean') problems.push({ path, message: 'must be true or false' });
  return value;
}

function checkInteger(schema: Schema, value: unknown, path: string, problems: Problem[]): unknown {
  if (!Number.isInteger(value)) problems.push({ path, message: 'must be a whole number' });
  else if (Number(value) < (schema.minimum ?? -Infinity))
    problems.push({ path, message: `must be at least ${schema.minimum}` });
  return value;
}

function checkObject(schema: Schema, value: unknown, path: string, problems: Problem[]): unknown {
  if (!isObject(value)) {
    problems.push({ path, message: 'must be an object' });
    return value;
  }
  const given = new Map<string, unknown>(Object.entries(value));
  if (given.size > (schema.maxProperties ?? Infinity)) {
    problems.push({ path, message: `must have at most ${schema.maxProperties} keys` });
    return value;
  }
  const checked: [string, unknown][] = [];
  if (schema.additionalProperties) {
    for (const [key, item] of given) {
      checked.push([
        key,
        checkSchema(schema.additionalProperties, item, `${path}[${JSON.stringify(key)}]`, problems),
      ]);
    }
  }
  const properties = schema.properties ?? {};
  for (const [key, property] of Object.entries(properties)) {
    const at = path === '' ? key : `${path}.${key}`;
    if ((given.get(key) ?? property.default) === undefined) {
      if (schema.required?.includes(key)) problems.push({ path: at, message: 'is required' });
    } else {
      checked.push([key, checkSchema(property, given.get(key), at, problems)]);
    }
  }
  // Metadata belongs to the API server, which checks it itself.
  if (schema.properties && path !== 'metadata')
    refuseUnknownKeys(properties, given.keys(), path, problems);
  return Object.fromEntries(checked);
}

const fieldName = /^[a-zA-Z][a-zA-Z0-9]{0,39}$/;

function refuseUnknownKeys(
  properties: Readonly<Record<string, Schema>>,
  keys: Iterable<string>,
  path: string,
  problems: Problem[],
): void {
  const known = Object.keys(properties);
  for (const key of keys) {
    if (known.includes(key)) continue;
    const guess = didYouMean(key, known);
    // A key that cannot be a field's name may be anything, a token too, and is not repeated.
    const shown = fieldName.test(key) ? key : '?';
    problems.push({
      path: path === '' ? shown : `${path}.${shown}`,
      message: guess
        ? `unknown field; did you mean "${guess}"?`
        : `unknown field; known here: ${known.join(', ')}`,
    });
  }
}

function checkArray(schema: Schema, value: unknown, path: string, problems: Problem[]): unknown {
  if (!Array.isArray(value)) {
    problems.push({ path, message: 'must be a list' });
    return value;
  }
  if (value.length < (schema.minItems ?? 0)) {
    problems.push({ path, message: `must have at least ${schema.minItems} item` });
  }
  if (value.length > (schema.maxItems ?? Infinity)) {
    problems.push({
      path,
      message: `must have at most ${schema.maxItems} item${schema.maxItems === 1 ? '' : 's'}`,
    });
    return value;
  }
  const { items } = schema;
  return items
    ? value.map((item, index) => checkSchema(items, item, `${path}[${index}]`, problems))
    : value;
}

function checkString(schema: Schema, value: unknown, path: string, problems: Problem[]): unknown {
  const message = stringProblem(schema, value);
  if (message) problems.push({ path, message });
  return value;
}

function stringProblem(schema: Schema, value: unknown): string | undefined {
  if (typeof value !== 'string') {
    return typeof value === 'number' || typeof value === 'boolean'
      ? 'must be a string: put it in quotes'
      : 'must be a string';
  }
  if (schema.enum) return schema.enum.includes(value) ? undefined : enumProblem(schema.enum, value);
  if (value.length < (schema.minLength ?? 0)) return 'must not be empty';
  if (value.length > (schema.maxLength ?? Infinity))
    return `must have at most ${schema.maxLength} characters, has ${value.length}`;
  if (schema.pattern && !compiled(schema.pattern).test(value))
    return `must be ${schema.patternMeaning ?? `of the form ${schema.pattern}`}`;
  return undefined;
}

const patterns = new Map<string, RegExp>();

// The schema has a dozen patterns, a policy a hundred strings.
function compiled(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? new RegExp(pattern);
  patterns.set(pattern, known);
  return known;
}

function enumProblem(allowed: readonly string[], value: string): string {
  const guess = allowed.length > 1 ? didYouMean(value, allowed) : undefined;
  return `must be ${allowed.join(', ')}${guess ? `; did you mean "${guess}"?` : ''}`;
}
