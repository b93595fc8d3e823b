import { describe, expect, it } from 'vitest';
import {
  emptyFileNames,
  environmentReaders,
  moduleMocks,
} from '../../tools/architecture/house-rules.ts';
import { importCycles } from '../../tools/architecture/import-cycles.ts';
import { forbiddenImports, siblingImports } from '../../tools/architecture/import-table.ts';
import { importsOf } from '../../tools/architecture/imports.ts';
import { impurities } from '../../tools/architecture/impurities.ts';

const file = (path: string, text = '') => ({ path, text });
const forbidden = (path: string, text: string) => forbiddenImports(importsOf(file(path, text)));

it('reads every kind of import', () => {
  const text = `#!/usr/bin/env node
    import 'reflect-metadata';
    import a, { type B } from './a.ts';
    import type { C } from '../c.ts';
    export { d } from './d.ts';
    export * from './e.ts';
    export const f: import('./f.ts').F = await import('./g.ts');
    await import(name);
    require('node:fs');
    // import './comment.ts';
    export const text = "import './text.ts'";
  `;
  expect(importsOf(file('src/core/x.ts', text)).map(({ to }) => to)).toEqual([
    'reflect-metadata',
    'src/core/a.ts',
    'src/c.ts',
    'src/core/d.ts',
    'src/core/e.ts',
    'src/core/f.ts',
    'src/core/g.ts',
    '(an expression)',
    'node:fs',
  ]);
});

it('tells a controller that imports another one from what they share', () => {
  const from = (path: string, text: string) => siblingImports(importsOf(file(path, text)));
  const controllers = 'src/controllers';
  expect(from(`${controllers}/probe/x.ts`, "import '../status/y.ts';")).toEqual([
    `${controllers}/probe/x.ts imports ${controllers}/status/y.ts`,
  ]);
  expect(from(`${controllers}/manager/x.ts`, "import '../cluster/y.ts';")).toHaveLength(1);
  for (const shared of ['manager', 'ownership', 'cluster'])
    expect(from(`${controllers}/probe/x.ts`, `import '../${shared}/y.ts';`)).toEqual([]);
  expect(from(`${controllers}/create-controllers.ts`, "import './probe/y.ts';")).toEqual([]);
});

describe('the table of imports', () => {
  it.each([
    ['src/core/x.ts', "import './policy/y.ts';"],
    ['src/core/policy/x.ts', "import '../y.ts';"],
    ['src/server/x.ts', "import '../admission/y.ts'; import 'node:tls'; import 'fastify';"],
    ['src/certificates/x.ts', "import '@peculiar/x509'; import 'node:crypto';"],
    ['src/commands/x.ts', "import '../server/y.ts'; import 'yaml'; import 'node:fs/promises';"],
    ['src/commands/serve-admission.ts', "import 'prom-client';"],
    ['src/main.ts', "import '../package.json'; import 'commander'; import './core/y.ts';"],
  ])('allows %s: %s', (path, text) => {
    expect(forbidden(path, text)).toEqual([]);
  });

  it.each([
    ['src/core/x.ts', "import type { Y } from '../manifests/y.ts';", 'src/manifests/y.ts'],
    ['src/core/x.ts', "import 'yaml';", 'yaml'],
    ['src/core/x.ts', "export { join } from 'node:path';", 'node:path'],
    ['src/core/x.ts', 'await import(name);', '(an expression)'],
    ['src/admission/x.ts', "await import('../server/y.ts');", 'src/server/y.ts'],
    ['src/server/x.ts', "import '../runtime/y.ts';", 'src/runtime/y.ts'],
    ['src/server/x.ts', "import 'fastify-plugin';", 'fastify-plugin'],
    ['src/manifests/x.ts', "import 'node:fs';", 'node:fs'],
    ['src/certificates/x.ts', "import '../core/y.ts';", 'src/core/y.ts'],
    ['src/certificates/x.ts', "import 'node:fs';", 'node:fs'],
    ['src/runtime/x.ts', "import '../server/y.ts';", 'src/server/y.ts'],
    ['src/commands/x.ts', "import 'prom-client';", 'prom-client'],
    ['src/commands/x.ts', "import '../../test/y.ts';", 'test/y.ts'],
    ['src/commands/x.ts', "import 'path';", 'path'],
    ['src/scanning/x.ts', "import '../core/y.ts';", 'src/core/y.ts'],
    ['src/toString/x.ts', "import '../core/y.ts';", 'src/core/y.ts'],
  ])('forbids %s: %s', (path, text, target) => {
    expect(forbidden(path, text)).toEqual([`${path} imports ${target}`]);
  });
});

it('finds cycles, of types too', () => {
  const files = [
    file('src/a.ts', "import './b.ts'; import './d.ts';"),
    file('src/b.ts', "import type { C } from './c.ts';"),
    file('src/c.ts', "await import('./a.ts');"),
    file('src/d.ts', "import './b.ts'; import 'yaml';"),
    file('src/e.ts', "import './e.ts';"),
  ];
  expect(importCycles(files.flatMap(importsOf))).toEqual([
    'src/a.ts → src/b.ts → src/c.ts → src/a.ts',
    'src/e.ts → src/e.ts',
  ]);
});

it.each([
  ['console.log(1)', 'console'],
  ['new Date()', 'Date'],
  ['const now = Date.now', 'Date'],
  ['Math.random()', 'Math.random'],
  ["Math['random']()", 'Math.random'],
  ['const { random } = Math', 'Math.random'],
  ['const all = { process }', 'process'],
  ["Buffer.from('')", 'Buffer'],
  ['performance.now()', 'performance'],
  ['setTimeout(() => {}, 1)', 'setTimeout'],
  ['crypto.randomUUID()', 'crypto'],
  ['globalThis.crypto', 'globalThis'],
  ['`${process}`', 'process'],
  ['import.meta.url', 'import.meta'],
])('finds what is not pure in %s', (text, name) => {
  expect(impurities(file('src/core/x.ts', text))).toEqual([`src/core/x.ts uses ${name}`]);
});

it('leaves members, keys, comments and text of such names alone', () => {
  const text = `
    interface Step { process: string }
    const step = { process: 'console.log', crypto() {} }; // Date
    Math.max(step.process.length, 1);
  `;
  expect(impurities(file('src/core/x.ts', text))).toEqual([]);
});

it('finds every way to read the environment', () => {
  const texts = [
    'process.env.HOME',
    "process['env']",
    'globalThis.process.env',
    'const { env } = process',
    "import { env as e } from 'node:process'",
    'settings.env; process.exit(0); const { argv } = process',
  ];
  const files = texts.map((text, index) => file(`src/${index}.ts`, text));
  expect(environmentReaders(files)).toEqual([0, 1, 2, 3, 4].map((index) => `src/${index}.ts`));
});

it('finds module mocks', () => {
  const calls = ["vi.mock('./a.ts')", "vi.doMock('./a.ts')", 'vi.fn()', "'vi.mock()'"];
  const files = calls.map((text, index) => file(`test/${index}.ts`, text));
  expect(moduleMocks(files)).toEqual(['test/0.ts', 'test/1.ts']);
});

it('finds names that say nothing', () => {
  const paths = ['utils', 'helpers/pod', 'common', 'types', 'policy-manager', 'pod-templates'];
  const files = paths.map((path) => file(`src/core/${path}.ts`));
  expect(emptyFileNames(files)).toEqual(files.slice(0, -1).map(({ path }) => path));
});
