import { describe, expect, it } from 'vitest';
import { checkSchema } from '../../../src/core/policy/check-schema.ts';
import type { Problem } from '../../../src/core/policy/problem.ts';
import type { Schema } from '../../../src/core/policy/schema-language.ts';
import { refuseUnknownField } from '../../../src/core/policy/unknown-fields.ts';

function problems(schema: Schema, value: unknown): string[] {
  const found: Problem[] = [];
  checkSchema(schema, value, 'it', { problems: found, judgeUnknownField: refuseUnknownField });
  return found.map(({ path, message }) => `${path}: ${message}`);
}

describe('checkSchema', () => {
  it.each([
    [0, []],
    [3, []],
    [-1, ['it: must be at least 0']],
    [1.5, ['it: must be a whole number']],
    ['1', ['it: must be a whole number']],
    [null, ['it: must be a whole number']],
  ])('takes %j for a number of things as the API server does', (value, expected) => {
    expect(problems({ type: 'integer', minimum: 0 }, value)).toEqual(expected);
  });

  it('bounds how many keys a map has, and then looks at none of them', () => {
    const schema = {
      type: 'object',
      maxProperties: 2,
      additionalProperties: { type: 'string' },
    } as const;
    expect(problems(schema, { a: 'x', b: 'x' })).toEqual([]);
    expect(problems(schema, { a: 1, b: 1, c: 1 })).toEqual(['it: must have at most 2 keys']);
  });
});
