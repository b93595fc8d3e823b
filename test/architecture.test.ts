import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  emptyFileNames,
  environmentReaders,
  moduleMocks,
} from '../tools/architecture/house-rules.ts';
import { importCycles } from '../tools/architecture/import-cycles.ts';
import {
  forbiddenImports,
  importExceptions,
  importTable,
  siblingImports,
} from '../tools/architecture/import-table.ts';
import { importsOf, packageOf } from '../tools/architecture/imports.ts';
import { impurities } from '../tools/architecture/impurities.ts';
import type { SourceText } from '../tools/architecture/source-file.ts';

// What the rules catch is shown in test/tools/architecture.test.ts.
const root = join(import.meta.dirname, '..');
const filesBelow = (folder: string): SourceText[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .toSorted()
    .map((path) => ({
      path: `${folder}/${path}`,
      text: readFileSync(join(root, folder, path), 'utf8'),
    }));
const source = filesBelow('src');
const imports = source.flatMap(importsOf);

describe('src', () => {
  it('imports only what the table of the house allows', () => {
    expect(forbiddenImports(imports)).toEqual([]);
  });

  it('has every folder and needs every exception of the table', () => {
    const folders = new Set(source.map(({ path }) => path.split('/')[1]!));
    expect([...folders].toSorted()).toEqual(Object.keys(importTable).toSorted());
    const used = imports.map(({ from, to, isFile }) => `${from} ${isFile ? to : packageOf(to)}`);
    const exceptions = Object.entries(importExceptions).flatMap(([file, targets]) =>
      targets.map((target) => `${file} ${target}`),
    );
    expect(exceptions.filter((exception) => !used.includes(exception))).toEqual([]);
  });

  it('lets no controller import another one', () => {
    expect(siblingImports(imports)).toEqual([]);
  });

  it('has no import cycle, not of types either', () => {
    expect(importCycles(imports)).toEqual([]);
  });

  it('applies JSON patches in one place', () => {
    const users = imports.filter(({ to }) => packageOf(to) === 'fast-json-patch');
    expect(users.map(({ from }) => from)).toEqual(['src/manifests/edit/apply-operations.ts']);
  });

  it('reads the environment in one place', () => {
    expect(environmentReaders(source)).toEqual(['src/main.ts']);
  });

  it('names every file after what it is or does', () => {
    expect(emptyFileNames(source)).toEqual([]);
  });
});

it('core has no clock, randomness, console or environment', () => {
  const core = source.filter(({ path }) => path.startsWith('src/core/'));
  expect(core.length).toBeGreaterThan(20);
  expect(core.flatMap(impurities)).toEqual([]);
});

it('tests replace no modules', () => {
  expect(moduleMocks(filesBelow('test'))).toEqual([]);
});
