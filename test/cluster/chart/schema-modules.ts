import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const folder = path.join(import.meta.dirname, '../modules/schemas');

/** The version of a Go module that modules/schemas names, such as `1.35.0`. */
export function moduleVersion(module: string): string {
  const mod = readFileSync(path.join(folder, 'go.mod'), 'utf8');
  const line = mod.split('\n').find((text) => text.trim().startsWith(`${module} v`));
  if (line === undefined) throw new Error(`${module} is not in modules/schemas/go.mod`);
  return line.trim().slice(module.length + 2);
}

/** The folder of a Go module, downloaded and checked against go.sum unless it is there already. */
export async function moduleFolder(module: string): Promise<string> {
  const wanted = `${module}@v${moduleVersion(module)}`;
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', wanted], {
    cwd: folder,
  });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}
