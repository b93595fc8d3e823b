import { isObject } from '../../src/core/json.ts';
import { read } from './documentation.ts';

/** The part of JSON Schema that chart/values.schema.json uses. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

/** The schema of the chart's values. */
export const valuesSchema = JSON.parse(read('chart/values.schema.json')) as Schema;

/** What is wrong with values of the chart, each with its path. */
export function valuesProblems(value: unknown, schema: Schema = valuesSchema, at = ''): string[] {
  if (schema.type !== undefined && !isOfType(value, schema.type))
    return [`${at}: must be of type ${schema.type}`];
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) =>
      valuesProblems(item, schema.items ?? {}, `${at}[${index}]`),
    );
  }
  return isObject(value)
    ? Object.entries(value).flatMap(([key, inner]) =>
        fieldProblems(inner, schema, { key, path: at === '' ? key : `${at}.${key}` }),
      )
    : scalarProblems(value, schema, at);
}

function fieldProblems(
  value: unknown,
  { properties = {}, additionalProperties = true }: Schema,
  { key, path }: { readonly key: string; readonly path: string },
): string[] {
  const known = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
  if (known === false) return [`${path}: is no value of the chart`];
  return known === true ? [] : valuesProblems(value, known, path);
}

function scalarProblems(value: unknown, schema: Schema, at: string): string[] {
  const { minimum = -Infinity, maximum = Infinity, pattern = '' } = schema;
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: is not one of its values`];
  if (typeof value === 'string' && !new RegExp(pattern).test(value))
    return [`${at}: has not the form of its pattern`];
  const isOut = typeof value === 'number' && (value < minimum || value > maximum);
  return isOut ? [`${at}: is out of range`] : [];
}

/** Whether the chart has a value of that path, such as `webhook.port`. */
export function isValue(path: string): boolean {
  let schema: Schema | undefined = valuesSchema;
  for (const key of path.split('.')) {
    const { properties = {}, additionalProperties }: Schema = schema ?? {};
    schema = Object.hasOwn(properties, key)
      ? properties[key]
      : typeof additionalProperties === 'object'
        ? additionalProperties
        : undefined;
  }
  return schema !== undefined;
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
