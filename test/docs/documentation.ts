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

const fence = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

/** The text of the fenced blocks of a language, without their indentation. */
export const blocksOf = (page: string, language: string): string[] =>
  [...read(page).matchAll(fence)]
    .filter(([, , found]) => found === language)
    .map(([, indent = '', , text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));

/** A page without its fenced blocks. */
export const proseOf = (page: string): string => read(page).replaceAll(fence, '');

/** What stands in backticks. */
export const codeIn = (text: string): string[] =>
  [...text.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(([, code = '']) => code);

/** The text of the section below a heading, with the sections inside it. */
export function section(page: string, heading: string): string {
  const level = heading.indexOf(' ');
  const [, text] = read(page).split(`\n${heading}\n`);
  return text!.split(new RegExp(`\n#{1,${level}} `))[0]!;
}

/** The rows of every table of a text, cells without their padding; head rows first. */
export function tablesOf(text: string): string[][][] {
  const tables = text.match(/(^\|.*\|\n)+/gm) ?? [];
  return tables.map((table) =>
    table
      .trimEnd()
      .split('\n')
      .filter((_, index) => index !== 1)
      .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()))
      .map((cells) => cells.slice(1, -1)),
  );
}
