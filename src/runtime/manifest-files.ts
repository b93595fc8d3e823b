import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { whyUnreadable } from './unreadable.ts';

/** The text of a file, or why there is none. */
export type ReadFile =
  | { readonly file: string; readonly text: string }
  | { readonly file: string; readonly problem: string };

/** Reads files, the manifests of folders and of what is below them, and standard input where the path is `-`. */
export async function* readManifestFiles(paths: readonly string[]): AsyncGenerator<ReadFile> {
  for (const path of paths) {
    if (path === '-') {
      yield { file: 'stdin', text: await readAll(process.stdin) };
      continue;
    }
    try {
      for (const file of await listManifestFiles(path)) yield await readOne(file);
    } catch (error) {
      yield { file: path, problem: whyUnreadable(error) };
    }
  }
}

async function readOne(file: string): Promise<ReadFile> {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    return { file, problem: whyUnreadable(error) };
  }
}

/** The files of a path: itself, or the YAML and JSON files of the folder and those below it, sorted. */
export async function listManifestFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true });
  // Entries with a dot in front are also how a mounted ConfigMap keeps its versions.
  const hidden = /(^|[/\\])(\.[^/\\]+|node_modules)([/\\]|$)/;
  return entries
    .filter((entry) => /\.(ya?ml|json)$/.test(entry) && !hidden.test(entry))
    .toSorted()
    .map((entry) => join(path, entry));
}
