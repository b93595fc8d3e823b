import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { group, managedByLabel, nameLabel } from '../../src/core/identity.ts';

const files = globSync('src/**/*.ts').map((path) => ({
  path,
  // Comments may name what they mean.
  code: readFileSync(path, 'utf8').replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, ''),
}));

it.each([
  ['our group', 'src/core/identity.ts', group],
  ['the label of our name', 'src/core/identity.ts', nameLabel],
  ['the label of who manages', 'src/core/identity.ts', managedByLabel],
  ['a pattern of Kubernetes names', 'src/core/kubernetes-names.ts', /\[-?a-z0-9|A-Za-z0-9/],
] as const)('writes out %s once, in %s', (_, home, text) => {
  const found = files
    .filter(({ code }) => (typeof text === 'string' ? code.includes(text) : text.test(code)))
    .map(({ path }) => path);
  expect(found).toEqual([home]);
});
