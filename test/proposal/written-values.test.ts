import { expect, it } from 'vitest';
import { writtenValues } from '../../src/proposal/written-values.ts';

const tokensOf = (fields: object) =>
  writtenValues({ kind: 'Secret', metadata: { name: 'agent' }, ...fields })?.tokens;

it.each([
  ['an empty place for the token', 'apiEndpoint: "https://agent.example"\napiToken: ""\n', false],
  ['an empty place in the form of variables', "API_TOKEN=''\n", false],
  ['one of two places empty', 'apiToken: ""\nsecretKey: hunter2\n', true],
  ['a token', 'apiToken: "hunter2"\n', true],
  ['a place with parts of its own', 'apiToken:\n  value: hunter2\n', true],
  ['something without names', 'hunter2', true],
])('finds %s in a file of settings', (_, text, holds) => {
  const keys = holds ? ['config'] : [];
  expect(tokensOf({ stringData: { config: text } })).toEqual(keys);
  expect(tokensOf({ data: { config: btoa(text) } })).toEqual(keys);
});

it('takes what is not base64 as it is', () => {
  expect(tokensOf({ data: { config: '{{ .Values.token }}' } })).toEqual(['config']);
});
