import { expect, it } from 'vitest';
import { caSize, storedSize } from '../../../src/core/registration/configuration-size.ts';

const entryWith = (caBytes: number, name = 'agent') => ({
  name,
  clientConfig: { caBundle: btoa('c'.repeat(caBytes)) },
});

it('counts a CA by its bytes, not by those of its base64', () => {
  expect(storedSize(entryWith(6_000)) - storedSize(entryWith(3_000))).toBe(3_000);
  expect([caSize(entryWith(3_000)), caSize({ name: 'agent' })]).toEqual([3_000, 0]);
});

it('counts what the API server adds, and characters by their bytes', () => {
  const entry = { name: 'agent' };
  expect(storedSize(entry)).toBe(JSON.stringify(entry).length + 600);
  expect(storedSize({ name: 'é' }) - storedSize({ name: 'e' })).toBe(1);
});
