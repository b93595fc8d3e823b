import { expect, it } from 'vitest';
import { withoutManagedFields } from '../../src/admission/managed-fields.ts';

const left = (text: string): string => withoutManagedFields(Buffer.from(text)).toString();

it.each([
  ['nothing', []],
  ['text', ['a']],
  ['brackets that are text', ['[', ']', '{"a":[', '}]]']],
  ['quotes and backslashes', ['"', '\\', '\\"', '\\\\"]', 'k:{"name":"agent"}']],
  ['keys as the API server makes them', [{ 'f:env': { 'k:{"name":"A]"}': { '.': {} } } }]],
  ['lists in lists', [[[]], { a: [{}, [1]] }]],
  ['letters of several bytes', ['ä', '\u{1f511}', '\u2028']],
])('are left out where they hold %s', (_, managedFields) => {
  const review = (fields: readonly unknown[]) =>
    JSON.stringify({ object: { metadata: { name: 'ä', managedFields: fields }, spec: ['"'] } });
  expect(left(review(managedFields))).toBe(review([]));
});

it.each([
  ['no such key', '{"metadata":{"managed":[1]}}'],
  ['a key that only ends so', String.raw`{"not \"managedFields":[1]}`],
  ['text that only looks so', JSON.stringify({ note: '"managedFields":[1]' })],
  ['no list', '{"managedFields":{"a":[1]}}'],
  ['a list without an end', '{"managedFields":[1,{"a":"]'],
  ['a text without an end', String.raw`{"managedFields":["\"]}`],
  ['the key alone', '"managedFields":['],
])('are left alone where there is %s', (_, text) => {
  expect(left(text)).toBe(text);
});

it('are left out once, so that many of them cost no more than one', () => {
  expect(left('{"managedFields":[1],"a":{"managedFields":[2]}}')).toBe(
    '{"managedFields":[],"a":{"managedFields":[2]}}',
  );
});

it('are not looked at, so that only where the list ends is as in JSON', () => {
  expect(left('{"managedFields":[nonsense,,{]]}')).toBe('{"managedFields":[]}');
  expect(() => JSON.parse(left('{"managedFields":[1}'))).toThrow(SyntaxError);
  expect(() => JSON.parse(left('{"managedFields":[{]}'))).toThrow(SyntaxError);
});
