import process from 'node:process';
import { parseArgs } from 'node:util';
import { outdatedPages, referencePages, writePages } from './reference/pages.ts';

// Writes docs/reference/ from the code; with --check it only says which of its pages are out of date.
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = new URL('..', import.meta.url).pathname;
const pages = await referencePages(root);

if (values.check) {
  const outdated = await outdatedPages(root, pages);
  for (const path of outdated) {
    process.stderr.write(`${path} is out of date: run "npm run generate"\n`);
  }
  process.exitCode = outdated.length > 0 ? 1 : 0;
} else {
  await writePages(root, pages);
}
