import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/** Where a pod sees a Secret or ConfigMap. */
export interface MountedVolume {
  readonly folder: string;
  /** Puts other files in place as kubelet does: all of them at once, by a symbolic link that is swapped. */
  publish(files: Readonly<Record<string, string>>): void;
}

/** Lays out an existing empty folder as kubelet lays out a volume: `name -> ..data/name`, `..data -> ..<time>`. */
export function mountVolume(
  folder: string,
  files: Readonly<Record<string, string>>,
): MountedVolume {
  const data = join(folder, '..data');
  const publish = (next: Readonly<Record<string, string>>) => {
    const before = existsSync(data) ? readlinkSync(data) : undefined;
    const version = mkdtempSync(join(folder, '..2026_11_24_10_00_00.'));
    for (const [name, text] of Object.entries(next)) writeFileSync(join(version, name), text);
    symlinkSync(basename(version), join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), data);
    const shown = readdirSync(folder).filter((entry) => !entry.startsWith('..'));
    for (const name of Object.keys(next).filter((added) => !shown.includes(added)))
      symlinkSync(join('..data', name), join(folder, name));
    for (const name of shown.filter((old) => !Object.hasOwn(next, old))) rmSync(join(folder, name));
    if (before !== undefined) rmSync(join(folder, before), { recursive: true });
  };
  publish(files);
  return { folder, publish };
}
