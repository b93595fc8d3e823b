import { stringify } from 'yaml';
import type { Schema } from '../../src/core/policy/schema-language.ts';
import { furtherRules } from './broken-policies.ts';
import { examplePolicy } from './example-policy.ts';
import { type Field, fieldsOf } from './fields.ts';
import { limits, typeName } from './limits.ts';
import { code, codeBlock, generatedFrom, page, table } from './markdown.ts';
import { statusSection } from './status-section.ts';

/** The page of the fields of a TokenPolicy, with an example that sets all of them. */
export function tokenPolicyPage(schema: Schema): string {
  const fields = fieldsOf(schema);
  const parts = Map.groupBy(fields, ({ path }) => partOf(path));
  return page([
    generatedFrom('src/core/policy/schema.ts and what the parser refuses beyond it'),
    '# TokenPolicy',
    [
      schema.description ?? '',
      'Fields that are not listed here are rejected, except in `metadata`, which the API server validates.',
      '`[]` means each item of a list, and `<key>` each key of a map.',
      '[Fields of a policy](../policy-fields.md) explains them task by task.',
    ].join('\n'),
    ...[...parts].flatMap(([part, ofPart]) => [`## ${part}`, fieldTable(ofPart)]),
    '## Further validation rules',
    'The rules for `podSelector` also apply to `namespaceSelector`.',
    table(
      ['Field', 'Rule'],
      furtherRules().map(({ path, message }) => [code(path), message]),
    ),
    ...statusSection(),
    '## An example with every field',
    codeBlock('yaml', stringify(examplePolicy)),
  ]);
}

/** The section that a field belongs to: `spec.match` and its like, `TokenPolicy` for what is around them. */
function partOf(path: string): string {
  return /^spec\.[a-zA-Z]+/.exec(path)?.[0] ?? 'The object';
}

function fieldTable(fields: readonly Field[]): string {
  return table(
    ['Field', 'Type', 'Default', 'Allowed', 'Meaning'],
    fields.map(({ path, schema, required }) => [
      code(path),
      typeName(schema),
      required ? '**required**' : defaultValue(schema),
      limits(schema),
      schema.description ?? '',
    ]),
  );
}

function defaultValue({ default: value }: Schema): string {
  return value === undefined ? '' : code(JSON.stringify(value));
}
