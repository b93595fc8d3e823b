import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { injectionReasons } from '../../src/core/injection/reasons.ts';
import { matchReasons } from '../../src/core/policy/reasons.ts';
import { tokenPolicySchema } from '../../src/core/policy/schema.ts';
import { reasons } from '../../src/core/reasons.ts';
import { commandLinePage } from './command-line-page.ts';
import { readHelp } from './help.ts';
import { reasonsPage } from './reasons-page.ts';
import { tokenPolicyPage } from './token-policy-page.ts';

/** What every page of docs/reference/ must say, by its path. */
export async function referencePages(root: string): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/reference/cli.md', commandLinePage(await readHelp(root))],
    ['docs/reference/reasons.md', reasonsPage(reasons, { matchReasons, injectionReasons })],
    ['docs/reference/token-policy.md', tokenPolicyPage(tokenPolicySchema)],
  ]);
}

/** The paths of the pages that are missing below a folder or say something else. */
export async function outdatedPages(
  root: string,
  pages: ReadonlyMap<string, string>,
): Promise<string[]> {
  const outdated: string[] = [];
  for (const [path, text] of pages) {
    if ((await readIfThere(join(root, path))) !== text) outdated.push(path);
  }
  return outdated;
}

/** Writes the pages below a folder. */
export async function writePages(root: string, pages: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of pages) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
