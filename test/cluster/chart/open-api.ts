import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isObject } from '../../../src/core/json.ts';
import type { KubeObject } from '../api.ts';

/** The part of OpenAPI v3 that Kubernetes' own schemas use. */
interface OpenApi {
  readonly $ref?: string;
  readonly allOf?: readonly OpenApi[];
  readonly oneOf?: readonly OpenApi[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, OpenApi>>;
  readonly additionalProperties?: OpenApi;
  readonly items?: OpenApi;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly 'x-kubernetes-group-version-kind'?: readonly { readonly kind: string }[];
}

type Schemas = Readonly<Record<string, OpenApi>>;

/**
 * What an object has wrong by the schemas of a Kubernetes, given as its folder api/openapi-spec/v3: unknown and missing
 * fields and wrong types, with their paths. Undefined for a kind that it does not have.
 */
export function openApiProblems(object: KubeObject, folder: string): string[] | undefined {
  const { apiVersion, kind } = object;
  const group = apiVersion.includes('/') ? `apis__${apiVersion.replace('/', '__')}` : 'api__v1';
  const file = path.join(folder, `${group}_openapi.json`);
  if (!existsSync(file)) return undefined;
  const { components } = JSON.parse(readFileSync(file, 'utf8')) as {
    components: { schemas: Schemas };
  };
  const schema = Object.values(components.schemas).find((candidate) =>
    candidate['x-kubernetes-group-version-kind']?.some((known) => known.kind === kind),
  );
  return schema && problemsOf(object, schema, kind, components.schemas);
}

function problemsOf(value: unknown, schema: OpenApi, at: string, schemas: Schemas): string[] {
  const [only] = schema.allOf ?? [];
  if (only) return problemsOf(value, only, at, schemas);
  if (schema.$ref) return problemsOf(value, schemas[schema.$ref.split('/').at(-1)!]!, at, schemas);
  if (schema.oneOf) {
    const fits = schema.oneOf.some((one) => problemsOf(value, one, at, schemas).length === 0);
    return fits ? [] : [`${at}: fits none of the forms that it may have`];
  }
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: is not one of its values`];
  switch (schema.type) {
    case 'object':
      return objectProblems(value, schema, at, schemas);
    case 'array':
      if (!Array.isArray(value)) return [`${at}: must be a list`];
      return value.flatMap((item, index) =>
        problemsOf(item, schema.items!, `${at}[${index}]`, schemas),
      );
    case 'integer':
      return Number.isInteger(value) ? [] : [`${at}: must be a whole number`];
    case undefined:
      return [];
    default:
      return typeof value === schema.type ? [] : [`${at}: must be a ${schema.type}`];
  }
}

function objectProblems(value: unknown, schema: OpenApi, at: string, schemas: Schemas): string[] {
  if (!isObject(value)) return [`${at}: must be an object`];
  const { properties = {}, additionalProperties, required = [] } = schema;
  const missing = required.filter((key) => !(key in value));
  return [
    ...missing.map((key) => `${at}.${key}: is missing`),
    ...Object.entries(value).flatMap(([key, field]) => {
      const known = properties[key] ?? additionalProperties;
      return known
        ? problemsOf(field, known, `${at}.${key}`, schemas)
        : [`${at}.${key}: is unknown`];
    }),
  ];
}
