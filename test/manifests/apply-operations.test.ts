import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { applyOperations, isSameJson } from '../../src/manifests/edit/apply-operations.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { add, replace } from './edited.ts';

describe('applying operations', () => {
  it('makes a new object, in order, and touches neither the old one nor the values', () => {
    const object = deepFreeze({ a: { list: [1] }, b: 'kept' });
    const operations = deepFreeze([
      add('/a/list/0', 0),
      add('/a/list/-', 2),
      replace('/a/list/1', 'one'),
      add('/a/new', [1]),
      add('/a/new/0', 0),
    ]);
    expect(applyOperations(object, operations)).toEqual({
      a: { list: [0, 'one', 2], new: [0, 1] },
      b: 'kept',
    });
  });

  it.each([
    '/missing/key',
    '/list/9',
    '/list/x',
    '/text/key',
    '/__proto__/key',
    '/toString/key',
    'x',
  ])('refuses %s and tells the path, not the object', (path) => {
    const apply = () => applyOperations({ list: [1], text: 'CANARY' }, [add(path, 'CANARY')]);
    expect(apply).toThrow(new Error(`the operation "add" does not apply at ${path}`));
  });

  it('refuses to replace what is not there', () => {
    expect(() => applyOperations({}, [replace('/a', 1)])).toThrow('at /a');
  });

  it('keeps a key __proto__', () => {
    const object: unknown = JSON.parse('{"__proto__": {"x": 1}}');
    expect(JSON.stringify(applyOperations(object, [add('/a', 1)]))).toBe(
      '{"__proto__":{"x":1},"a":1}',
    );
  });

  it('works in plain Node, where a CommonJS package gives no names', () => {
    const module = new URL('../../src/manifests/edit/apply-operations.ts', import.meta.url);
    const code = `import { applyOperations } from ${JSON.stringify(module.href)};
      console.log(JSON.stringify(applyOperations({}, [{ op: 'add', path: '/a', value: 1 }])));`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: fileURLToPath(new URL('.', module)),
      encoding: 'utf8',
    });
    expect(out).toBe('{"a":1}\n');
  });
});

it('compares JSON by what it says', () => {
  expect(isSameJson({ a: 1, b: [null] }, { b: [null], a: 1 })).toBe(true);
  expect(isSameJson([1, 2], [2, 1])).toBe(false);
  expect(isSameJson({}, [])).toBe(false);
  expect(isSameJson('a', 'a')).toBe(true);
  expect(isSameJson(null, {})).toBe(false);
});
