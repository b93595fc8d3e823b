import { describe, expect, it } from 'vitest';
import { forbiddenImports, siblingImports } from './import-table.ts';
import { importsOf } from './imports.ts';

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

it('tells a command that imports another one from what they share', () => {
  const from = (path: string, text: string) => siblingImports(importsOf(file(path, text)));
  const commands = 'src/commands';
  expect(from(`${commands}/demo/x.ts`, "await import('../preview/y.ts');")).toEqual([
    `${commands}/demo/x.ts imports ${commands}/preview/y.ts`,
  ]);
  expect(from(`${commands}/serving/x.ts`, "import '../webhook/y.ts';")).toHaveLength(1);
  expect(from(`${commands}/demo/x.ts`, "import '../serving/y.ts'; import '../z.ts';")).toEqual([]);
  expect(from('src/main.ts', "import './commands/demo/command.ts';")).toEqual([]);
});

describe('the table of imports', () => {
  it.each([
    ['src/core/x.ts', "import './policy/y.ts';"],
    ['src/core/policy/x.ts', "import '../y.ts';"],
    ['src/server/x.ts', "import '../admission/y.ts'; import 'node:tls'; import 'fastify';"],
    ['src/certificates/authority.ts', "import '@peculiar/x509'; import 'node:crypto';"],
    ['src/commands/x.ts', "import '../server/y.ts'; import 'yaml'; import 'node:fs/promises';"],
    ['src/commands/serving/serve-admission.ts', "import 'prom-client';"],
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
    ['src/certificates/x.ts', "import '@peculiar/x509';", '@peculiar/x509'],
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
