import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillTemplate, templateKeys, templatePattern } from '../../../src/core/policy/template.ts';

const shout = (key: string) => `<${key}>`;

describe('a template', () => {
  it.each([
    ['apiToken: ${token}\n', 'apiToken: <token>\n', ['token']],
    ['${a}${b.c}${a}', '<a><b.c><a>', ['a', 'b.c']],
    ['$$', '$', []],
    ['$${a}', '${a}', []],
    ['$$${a}', '$<a>', ['a']],
    ['', '', []],
    ['{a} é 😀', '{a} é 😀', []],
  ])('%j becomes %j', (template, filled, keys) => {
    expect(template).toMatch(new RegExp(templatePattern));
    expect(fillTemplate(template, shout)).toBe(filled);
    expect(templateKeys(template)).toEqual(keys);
  });

  it('takes values as they are, whatever they look like', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(fillTemplate('<${a}>', () => value)).toBe(`<${value}>`);
      }),
    );
    expect(fillTemplate('${a}', () => '$$ $& ${b}')).toBe('$$ $& ${b}');
  });

  it('can write any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const template = text.replaceAll('$', () => '$$');
        expect(template).toMatch(new RegExp(templatePattern));
        expect(fillTemplate(template, shout)).toBe(text);
      }),
    );
  });

  it('of the largest size is read at once', () => {
    const form = new RegExp(templatePattern);
    expect(form.test('${a}'.repeat(4096))).toBe(true);
    expect(form.test(`${'$$'.repeat(8191)}$`)).toBe(false);
  });
});
