import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject } from '../../../src/core/json.ts';
import { checkSchema } from '../../../src/core/policy/check-schema.ts';
import type { Problem } from '../../../src/core/policy/problem.ts';
import type { Schema } from '../../../src/core/policy/schema-language.ts';
import { tokenPolicySchema } from '../../../src/core/policy/schema.ts';
import { refuseDecisiveField } from '../../../src/core/policy/unknown-fields.ts';
import { arbitraryPolicy } from '../arbitrary-policy.ts';
import { goodPolicy } from './invalid-policies.ts';

const record = 'docs/decisions/0017-unknown-fields-of-stored-policies.md';
const folder = join(import.meta.dirname, 'older-schemas');
const olderSchemas = readdirSync(folder).map(
  (file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8')) as Schema] as const,
);

/** What a program with the older schema has against a policy of its time once the newer schema is in the cluster. */
function problemsOfOlder(older: Schema, newer: Schema, policy: unknown): string[] {
  return read(older, read(newer, prune(older, policy)).checked).problems.map(
    ({ path, message }) => `${path} ${message}`,
  );
}

function read(schema: Schema, object: unknown) {
  const problems: Problem[] = [];
  const findings = { problems, judgeUnknownField: refuseDecisiveField };
  return { checked: checkSchema(schema, object, '', findings), problems };
}

/** Takes away what a schema does not know, as the API server does. */
function prune({ properties, items }: Schema, value: unknown): unknown {
  if (items && Array.isArray(value)) return value.map((item) => prune(items, item));
  if (!properties || !isObject(value)) return value;
  const known = Object.entries(value).filter(([name]) => Object.hasOwn(properties, name));
  return Object.fromEntries(known.map(([name, item]) => [name, prune(properties[name]!, item)]));
}

/** New switches below match and inject that mean something when they are off, where an older program sees nothing. */
function misleadingSwitches(older: Schema, newer: Schema): string[] {
  return ['match', 'inject'].flatMap((part) =>
    newFields(partOf(older, part), partOf(newer, part), `spec.${part}`)
      .filter(([, { type, default: unset }]) => type === 'boolean' && unset !== false)
      .map(([path]) => path),
  );
}

function newFields(
  older: Schema | undefined,
  newer: Schema | undefined,
  path: string,
): (readonly [string, Schema])[] {
  if (newer?.items) return newFields(older?.items, newer.items, `${path}[]`);
  return Object.entries(newer?.properties ?? {}).flatMap(([name, field]) => {
    const before = older?.properties?.[name];
    const at = `${path}.${name}`;
    return [...(before ? [] : [[at, field] as const]), ...newFields(before, field, at)];
  });
}

function partOf({ properties }: Schema, part: string): Schema | undefined {
  return properties?.['spec']?.properties?.[part];
}

describe.each(olderSchemas)('a program with the schema %s', (_, older) => {
  const isOfItsTime = (policy: unknown) => read(older, prune(older, policy)).problems.length === 0;

  it('can read its policies with the defaults of today filled in', () => {
    fc.assert(
      fc.property(arbitraryPolicy.filter(isOfItsTime), (policy) => {
        expect(problemsOfOlder(older, tokenPolicySchema, policy), `see ${record}`).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('may take what is false below match and inject for what is not set', () => {
    expect(misleadingSwitches(older, tokenPolicySchema), `see ${record}`).toEqual([]);
  });
});

describe('a newer schema', () => {
  const [, older] = olderSchemas[0]!;
  const withField = (part: string, name: string, field: Schema): Schema => {
    const { properties } = tokenPolicySchema;
    const before = partOf(tokenPolicySchema, part) ?? { type: 'object', default: {} };
    const changed = { ...before, properties: { ...before.properties, [name]: field } };
    const spec = {
      ...properties.spec,
      properties: { ...properties.spec.properties, [part]: changed },
    };
    return { ...tokenPolicySchema, properties: { ...properties, spec } };
  };
  const problems = (newer: Schema) => problemsOfOlder(older, newer, goodPolicy());

  it.each<[string, string, Schema]>([
    ['a list that is empty', 'match', { type: 'array', items: { type: 'string' }, default: [] }],
    ['a switch that is off', 'match', { type: 'boolean', default: false }],
    ['no default', 'inject', { type: 'string', enum: ['Keep', 'Replace'] }],
    ['any default elsewhere', 'enforce', { type: 'string', enum: ['Allow'], default: 'Allow' }],
  ])('may have a new field with %s', (_, part, field) => {
    const newer = withField(part, 'newest', field);
    expect(problems(newer)).toEqual([]);
    expect(misleadingSwitches(older, newer)).toEqual([]);
  });

  it.each<[string, string, Schema]>([
    ['a word', 'match', { type: 'string', enum: ['All'], default: 'All' }],
    ['a number', 'inject', { type: 'integer', default: 0 }],
    ['a switch that is on', 'match', { type: 'boolean', default: true }],
  ])('may have no new field with the default of %s there', (_, part, field) => {
    expect(problems(withField(part, 'newest', field))).toEqual([
      expect.stringContaining(`spec.${part}.newest is not known`),
    ]);
  });

  it('may have no switch there that means something when it is off', () => {
    for (const field of [{ type: 'boolean' }, { type: 'boolean', default: true }] as const)
      expect(misleadingSwitches(older, withField('match', 'newest', field))).toEqual([
        'spec.match.newest',
      ]);
  });

  it('may give no field a default that an older program does not know', () => {
    const annotation = { type: 'string', enum: ['Optional', 'Asked'], default: 'Asked' } as const;
    expect(problems(withField('match', 'annotation', annotation))).toEqual([
      expect.stringContaining('spec.match.annotation must be one of Required, Optional, Ignored'),
    ]);
  });
});
