import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { tokenPolicySchema } from '../../src/core/policy/schema.ts';
import { furtherRules } from '../../tools/reference/broken-policies.ts';
import { commandLinePage } from '../../tools/reference/command-line-page.ts';
import { examplePolicy } from '../../tools/reference/example-policy.ts';
import { fieldsOf } from '../../tools/reference/fields.ts';
import { commandNames } from '../../tools/reference/help.ts';
import { limits, typeName } from '../../tools/reference/limits.ts';
import { table } from '../../tools/reference/markdown.ts';
import { reasonsPage } from '../../tools/reference/reasons-page.ts';
import { statusSection } from '../../tools/reference/status-section.ts';
import { tokenPolicyPage } from '../../tools/reference/token-policy-page.ts';

describe('the page of fields', () => {
  it('has every field, within lists and maps too', () => {
    const fields = fieldsOf({
      type: 'object',
      required: ['list'],
      properties: {
        list: {
          type: 'array',
          items: { type: 'object', properties: { key: { type: 'boolean' } } },
        },
        map: { type: 'object', additionalProperties: { type: 'string' } },
      },
    });
    expect(fields.map(({ path, required }) => [path, required])).toEqual([
      ['list', true],
      ['list[].key', false],
      ['map', false],
      ['map.<key>', false],
    ]);
  });

  it('says type, default, allowed values and limits', () => {
    const page = tokenPolicyPage({
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            mode: { type: 'string', enum: ['A', 'B'], default: 'A', description: 'How.' },
          },
        },
      },
    });
    expect(page).toContain('\n| `spec.mode` | string | `"A"` | `A`, `B` | How. |\n');
  });

  it('puts limits into words', () => {
    expect(limits({ type: 'boolean' })).toBe('');
    expect(limits({ type: 'array', minItems: 1 })).toBe('at least 1 item');
    expect(limits({ type: 'array', maxItems: 2 })).toBe('at most 2 items');
    expect(limits({ type: 'object', maxProperties: 2 })).toBe('at most 2 keys');
    expect(limits({ type: 'string', minLength: 1, maxLength: 9, pattern: '^a' })).toBe(
      '1 to 9 characters; `^a`',
    );
    expect(limits({ type: 'string', pattern: '^a', patternMeaning: 'an a' })).toBe('an a (`^a`)');
    expect(typeName({ type: 'array', items: { type: 'string' } })).toBe('list of strings');
  });
});

describe('the example policy', () => {
  it('can be used', () => {
    expect(parsePolicy(examplePolicy)).toMatchObject({ ok: true });
  });

  it('sets every field', () => {
    const missing = fieldsOf(tokenPolicySchema).filter(
      ({ path }) => !isSet(examplePolicy, path.replaceAll('[]', '.0').split('.')),
    );
    expect(missing.map(({ path }) => path)).toEqual([]);
  });

  function isSet(value: unknown, [key, ...rest]: string[]): boolean {
    if (key === undefined) return true;
    if (typeof value !== 'object' || value === null) return false;
    const values = Object.entries(value) as [string, unknown][];
    return values.some(([name, inner]) => (key === '<key>' || key === name) && isSet(inner, rest));
  }
});

it('shows each further rule with one policy that breaks nothing else', () => {
  const rules = furtherRules().map(({ path, message }) => `${path} ${message}`);
  expect(rules.length).toBeGreaterThan(9);
  expect(new Set(rules).size).toBe(rules.length);
});

it('shows the reasons of a condition', () => {
  expect(statusSection().join('\n')).toContain(
    '\n| `SecretReady` | `False` | `KeyMissing` | The Secret of a namespace lacks a key. |\n',
  );
});

it('puts every reason below one heading', () => {
  const page = reasonsPage(
    { late: 'L.', inside: 'I.', early: 'E.', seen: 'S.' },
    {
      matchReasons: { late: 'L.' },
      injectionReasons: { inside: 'I.' },
      explanationReasons: { seen: 'S.' },
    },
  );
  expect(page.match(/^(?:## .*|\| `.*)$/gm)).toEqual([
    '## Requests',
    '| `early` | E. |',
    '## Pods that a policy does not apply to',
    '| `late` | L. |',
    '## Pods that a policy applies to',
    '| `inside` | I. |',
    '## Explanations',
    '| `seen` | S. |',
  ]);
});

it('shows the help of each command', () => {
  const program = 'Usage: it\n\nCommands:\n  a-b [options]  first\n  help [command]  help\n';
  expect(commandNames(program)).toEqual(['a-b']);
  expect(commandLinePage({ program, commands: [{ name: 'a-b', text: 'Usage: a-b' }] })).toContain(
    '\n## a-b\n\n```text\nUsage: a-b\n```\n',
  );
});

it('keeps a bar in a cell from ending it', () => {
  expect(table(['A'], [['x|y']])).toBe('| A |\n|---|\n| x\\|y |');
});
