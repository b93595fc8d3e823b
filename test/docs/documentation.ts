import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the project. */
export const root = join(import.meta.dirname, '../..');

/** The text of a file of the project. */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The files of a folder of the project and of those below it whose names end so. */
export const filesBelow = (folder: string, suffix: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(suffix))
    .map((path) => join(folder, path))
    .toSorted();

/** Every page that a person writes; those of the reference are made by a program that has tests of its own. */
export const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'certs/README.md',
  ...filesBelow('docs', '.md').filter((path) => !path.startsWith(join('docs', 'reference'))),
];
