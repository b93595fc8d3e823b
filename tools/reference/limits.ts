import type { Schema } from '../../src/core/policy/schema-language.ts';
import { code } from './markdown.ts';

/** What a value of a schema may be, in words; empty where there is no limit. */
export function limits(schema: Schema): string {
  const parts = [
    allowedValues(schema),
    range(schema.minLength, schema.maxLength, 'character'),
    range(schema.minItems, schema.maxItems, 'item'),
    range(undefined, schema.maxProperties, 'key'),
    form(schema),
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** The type of a schema, with that of its items or values. */
export function typeName({ type, items, additionalProperties }: Schema): string {
  if (items) return `list of ${plural(items)}`;
  if (additionalProperties) return `map of ${plural(additionalProperties)}`;
  return type;
}

function plural(schema: Schema): string {
  return `${schema.type}s`;
}

function allowedValues({ enum: values }: Schema): string {
  return values?.map(code).join(', ') ?? '';
}

function range(least: number | undefined, most: number | undefined, noun: string): string {
  const nouns = (count: number) => (count === 1 ? noun : `${noun}s`);
  if (most === undefined) return least ? `at least ${least} ${nouns(least)}` : '';
  if (!least) return `at most ${most} ${nouns(most)}`;
  return `${least} to ${most} ${nouns(most)}`;
}

function form({ pattern, patternMeaning }: Schema): string {
  if (pattern === undefined) return '';
  return patternMeaning ? `${patternMeaning} (${code(pattern)})` : code(pattern);
}
