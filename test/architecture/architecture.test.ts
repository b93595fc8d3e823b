import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { forbiddenImports, importExceptions, importTable, siblingImports } from './import-table.ts';
import { importsOf, packageOf } from './imports.ts';

const source = join(import.meta.dirname, '../../src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .toSorted();
const imports = files.flatMap((path) =>
  importsOf({ path: `src/${path}`, text: readFileSync(join(source, path), 'utf8') }),
);

it('imports only what the table allows', () => {
  expect(forbiddenImports(imports)).toEqual([]);
});

it('has every folder and needs every exception of the table', () => {
  const folders = new Set(files.map((path) => path.split('/')[0]!));
  expect([...folders].toSorted()).toEqual(Object.keys(importTable).toSorted());
  const used = imports.map(({ from, to, isFile }) => `${from} ${isFile ? to : packageOf(to)}`);
  const exceptions = Object.entries(importExceptions).flatMap(([file, targets]) =>
    targets.map((target) => `${file} ${target}`),
  );
  expect(exceptions.filter((exception) => !used.includes(exception))).toEqual([]);
});

it('lets no controller and no command import another one', () => {
  expect(siblingImports(imports)).toEqual([]);
});

it('applies JSON patches in one place', () => {
  const users = imports.filter(({ to }) => packageOf(to) === 'fast-json-patch');
  expect(users.map(({ from }) => from)).toEqual(['src/manifests/edit/apply-operations.ts']);
});

it('names no file or folder so that the name says nothing', () => {
  const vague = /(?:^|[/.-])(?:utils?|helpers?|common|types|managers?)(?=[/.-])/i;
  // `manager` is what controller-runtime calls what runs controllers, and cert-manager is a product.
  const knownManager = /^controllers\/manager\/(?:manager\.ts$)?|cert-manager\.ts$/;
  expect(
    files.map((path) => path.replace(knownManager, '')).filter((path) => vague.test(path)),
  ).toEqual([]);
});
