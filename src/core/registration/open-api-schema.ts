import type { Json } from '../json.ts';
import type { Rule } from '../policy/rule.ts';
import type { Schema } from '../policy/schema-language.ts';
import { celString } from '../cel.ts';

/** A rule as a structural schema carries it. */
interface Validation {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** Turns a part of our schema, with the rules about it, into the structural schema of a CRD (plain JSON). */
export function openApiSchema(schema: Schema, path: string, rules: readonly Rule[]): Json {
  const {
    patternMeaning: _,
    listMapKeys,
    properties,
    items,
    additionalProperties,
    ...plain
  } = schema;
  const validations = [
    ...formValidation(schema),
    ...(additionalProperties ? [noNullValues] : []),
    ...rules.filter(({ at }) => at === path).map(ruleValidation),
  ];
  return {
    ...plain,
    ...(listMapKeys && {
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': listMapKeys,
    }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, property]) => [
          key,
          openApiSchema(property, path === '' ? key : `${path}.${key}`, rules),
        ]),
      ),
    }),
    ...(items && { items: openApiSchema(items, `${path}[]`, rules) }),
    ...(additionalProperties && {
      // The API server drops a null that is not allowed: a selector would silently select more.
      additionalProperties: {
        ...openApiSchema(additionalProperties, `${path}{}`, rules),
        nullable: true,
      },
    }),
    ...(validations.length > 0 && { 'x-kubernetes-validations': validations }),
  };
}

const noNullValues: Validation = {
  rule: 'self.all(key, dyn(self[key]) != null)',
  message: 'every value must be a string',
};

/** The form of a string in words: the API server's own message only shows the pattern. */
export function formValidation(
  { pattern, patternMeaning }: Schema,
  self = 'self',
): readonly Validation[] {
  if (pattern === undefined || patternMeaning === undefined) return [];
  return [{ rule: `${self}.matches(${celString(pattern)})`, message: `must be ${patternMeaning}` }];
}

function ruleValidation({ cel, subject, message, field }: Rule): Validation {
  return {
    rule: cel,
    message: subject ? `${subject} ${message}` : message,
    ...(field && { fieldPath: field }),
  };
}
