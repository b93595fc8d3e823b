import process from 'node:process';
import { parseArgs } from 'node:util';
import { generatedFiles, outdatedFiles, writeFiles } from './reference/generated-files.ts';

// Writes docs/reference/ and what the chart has from the code; with --check it only says which files are out of date.
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = new URL('..', import.meta.url).pathname;
const files = await generatedFiles(root);

if (values.check) {
  const outdated = await outdatedFiles(root, files);
  for (const path of outdated) {
    process.stderr.write(`${path} is out of date: run "npm run generate"\n`);
  }
  process.exitCode = outdated.length > 0 ? 1 : 0;
} else {
  await writeFiles(root, files);
}
