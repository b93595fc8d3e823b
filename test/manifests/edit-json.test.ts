import { describe, expect, it } from 'vitest';
import { add, edited, entry, replace } from './edited.ts';

const pod = {
  kind: 'Pod',
  spec: {
    containers: [
      { name: 'a', env: [{ name: 'TOKEN', value: 'x' }] },
      { env: [], args: ['b'] },
    ],
  },
};
const operations = [
  replace('/spec/containers/0/env/0', entry),
  add('/spec/containers/0/env/0', entry),
  add('/spec/containers/1/env/0', entry),
  add('/spec/containers/1/args/-', 'c'),
  add('/spec/containers/1/mounts', [{}]),
  add('/spec/containers/-', { name: 'z' }),
  add('/spec/volumes', [{ name: 'v', secret: {} }]),
];
const expected = {
  kind: 'Pod',
  spec: {
    containers: [
      { name: 'a', env: [entry, entry] },
      { env: [entry], args: ['b', 'c'], mounts: [{}] },
      { name: 'z' },
    ],
    volumes: [{ name: 'v', secret: {} }],
  },
};

describe('JSON', () => {
  it.each(['', '  ', '    ', '\t'])('keeps its layout with a step of %j', (step) => {
    const text = JSON.stringify(pod, undefined, step);
    expect(edited(text, ...operations)).toBe(JSON.stringify(expected, undefined, step));
    expect(edited(`${text}\n`, ...operations)).toBe(
      `${JSON.stringify(expected, undefined, step)}\n`,
    );
  });

  it('keeps Windows line breaks', () => {
    const windows = (value: unknown) =>
      JSON.stringify(value, undefined, 2).replaceAll('\n', '\r\n');
    expect(edited(windows(pod), ...operations)).toBe(windows(expected));
  });

  it('stays JSON where all of it is replaced', () => {
    expect(edited('{\n    "a": 1\n}\n', replace('', { b: [] }))).toBe('{\n    "b": []\n}\n');
  });

  it('is quoted as JSON wants it', () => {
    const text = edited('{"a":1}', add('/b', ['yes', 'a\nb', "it's", null, true]));
    expect(text).toBe('{"a":1,"b":["yes","a\\nb","it\'s",null,true]}');
  });
});
