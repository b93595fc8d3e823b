import { isObject } from '../json.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Problem } from './problem.ts';
import type { Schema } from './schema-language.ts';
import { type JudgeUnknownField, type UnknownField, unknownFields } from './unknown-fields.ts';

/** Where a check puts what it finds. */
export interface Findings {
  readonly problems: Problem[];
  readonly judgeUnknownField: JudgeUnknownField;
}

/**
 * Checks a value against a schema and returns a copy with the defaults filled in and without the fields that are not
 * known. A null counts as absent, as the API server has it for custom resources.
 */
export function checkSchema(
  schema: Schema,
  value: unknown,
  path: string,
  findings: Findings,
): unknown {
  const given = value ?? schema.default;
  switch (schema.type) {
    case 'object':
      return checkObject(schema, given, path, findings);
    case 'array':
      return checkArray(schema, given, path, findings);
    case 'string':
      return checkString(schema, given, path, findings);
    case 'boolean':
      return checkBoolean(given, path, findings);
    case 'integer':
      return checkInteger(schema, given, path, findings);
    default:
      return schema.type satisfies never;
  }
}

function checkBoolean(value: unknown, path: string, { problems }: Findings): unknown {
  if (typeof value !== 'boolean') problems.push({ path, message: 'must be true or false' });
  return value;
}

function checkInteger(
  schema: Schema,
  value: unknown,
  path: string,
  { problems }: Findings,
): unknown {
  if (!Number.isInteger(value)) problems.push({ path, message: 'must be a whole number' });
  else if (Number(value) < (schema.minimum ?? -Infinity))
    problems.push({ path, message: `must be at least ${schema.minimum}` });
  else if (Number(value) > (schema.maximum ?? Infinity))
    problems.push({ path, message: `must be at most ${schema.maximum}` });
  return value;
}

function checkObject(schema: Schema, value: unknown, path: string, findings: Findings): unknown {
  const { problems } = findings;
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
        checkSchema(schema.additionalProperties, item, `${path}[${JSON.stringify(key)}]`, findings),
      ]);
    }
  }
  const properties = schema.properties ?? {};
  for (const [key, property] of Object.entries(properties)) {
    const at = path === '' ? key : `${path}.${key}`;
    if ((given.get(key) ?? property.default) === undefined) {
      if (schema.required?.includes(key)) problems.push({ path: at, message: 'is required' });
    } else {
      checked.push([key, checkSchema(property, given.get(key), at, findings)]);
    }
  }
  // Metadata belongs to the API server, which checks it itself.
  if (schema.properties && path !== 'metadata')
    judgeUnknownFields(unknownFields(given, Object.keys(properties), path), findings);
  return Object.fromEntries(checked);
}

function judgeUnknownFields(fields: readonly UnknownField[], findings: Findings): void {
  for (const field of fields) {
    const message = findings.judgeUnknownField(field);
    if (message !== undefined) findings.problems.push({ path: field.path, message });
  }
}

function checkArray(schema: Schema, value: unknown, path: string, findings: Findings): unknown {
  const { problems } = findings;
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
    ? value.map((item, index) => checkSchema(items, item, `${path}[${index}]`, findings))
    : value;
}

function checkString(
  schema: Schema,
  value: unknown,
  path: string,
  { problems }: Findings,
): unknown {
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
  const choice = allowed.length > 1 ? 'one of ' : '';
  return `must be ${choice}${allowed.join(', ')}${guess ? `; did you mean "${guess}"?` : ''}`;
}
