import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const modules = path.join(import.meta.dirname, 'modules');

/** The version of a Go module that a folder of `modules` requires, such as `1.35.0`. */
export function moduleVersion(module: string, folder = 'schemas'): string {
  const mod = readFileSync(path.join(modules, folder, 'go.mod'), 'utf8');
  const required = new Map(
    [...mod.matchAll(/^(?:require |\t)(\S+) v(\S+)/gm)].map(([, name, version]) => [name, version]),
  );
  const version = required.get(module);
  if (version === undefined) throw new Error(`${module} is not in modules/${folder}/go.mod`);
  return version;
}

/** The files of a Go module that a folder of `modules` requires; downloads them unless they are there. */
export async function moduleFolder(module: string, folder = 'schemas'): Promise<string> {
  const wanted = `${module}@v${moduleVersion(module, folder)}`;
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', wanted], {
    cwd: path.join(modules, folder),
  });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}
