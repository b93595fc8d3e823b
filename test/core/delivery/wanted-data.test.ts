import { describe, expect, it } from 'vitest';
import { templateTexts } from '../../../src/core/delivery/wanted-data.ts';

const delivery = { source: { kind: 'Secret', name: 'source', namespace: 'security' } } as const;
const values: Readonly<Record<string, string | undefined>> = {
  token: 'abc$${x}',
  id: '7',
  binary: undefined,
  half: 'x'.repeat(512 * 1024),
};
const source = { name: 'source', keys: Object.keys(values), text: (key: string) => values[key] };

describe('templateTexts', () => {
  it('fills in the values as they are', () => {
    const template = { 'config.yaml': 'apiToken: ${token}\nid: $$${id}\n', empty: '' };
    expect(templateTexts(delivery, template, source)).toEqual(
      new Map([
        ['config.yaml', 'apiToken: abc$${x}\nid: $7\n'],
        ['empty', ''],
      ]),
    );
  });

  it.each([
    ['a key that the source lacks', { a: '${token}${none}', b: '${none}${other}' }],
    ['a key that is no text', { a: '${binary}' }],
    ['a result too long for a Secret', { a: '${half}', b: '${half}!' }],
  ])('tells %s, and no value', (_, template) => {
    const problem = templateTexts(delivery, template, source);
    expect(problem).toMatchSnapshot();
    expect(JSON.stringify(problem)).not.toContain('abc');
  });

  it('makes what a Secret can just hold', () => {
    const template = { a: '${half}', b: '${half}' };
    expect(templateTexts(delivery, template, source)).toBeInstanceOf(Map);
  });

  it('asks for no key that the template does not name', () => {
    const asked: string[] = [];
    templateTexts(delivery, { a: '${id}' }, { ...source, text: (key) => String(asked.push(key)) });
    expect(asked).toEqual(['id']);
  });
});
