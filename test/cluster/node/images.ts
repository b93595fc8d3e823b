import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

import { pauseImage } from './container-runtime.ts';
import { buildImage, type ImageArchive } from './image-archive.ts';

const root = path.join(import.meta.dirname, '../../..');
const execute = promisify(execFile);

/** The image that holds a pod together, of the program that is given. */
export function buildPauseImage(program: string): Promise<ImageArchive> {
  const [name = '', tag = ''] = path.basename(pauseImage).split(':');
  return buildProgramImage({ name, tag, program });
}

/** An image that runs one program, which needs no other file; it is at `/NAME`. */
export function buildProgramImage({
  name,
  tag,
  program,
}: {
  readonly name: string;
  /** Default: the hash of the content. */
  readonly tag?: string;
  readonly program: string;
}): Promise<ImageArchive> {
  return buildImage({
    name,
    ...(tag !== undefined && { tag }),
    fill: (folder) => {
      copyFileSync(program, path.join(folder, name));
      writeDockerfile(folder, ['FROM scratch', `COPY ${name} /`, `ENTRYPOINT ["/${name}"]`]);
    },
  });
}

/** An image that holds Node.js and the libraries that it needs, all from this machine, and no shell. */
export async function buildBaseImage(): Promise<ImageArchive> {
  const libraries = await librariesOf(process.execPath);
  return buildImage({
    name: 'token-injector-base',
    fill: (folder) => {
      const files = { '/usr/local/bin/node': process.execPath };
      const all = { ...files, ...Object.fromEntries(libraries.map((file) => [file, file])) };
      for (const [name, source] of Object.entries(all)) {
        const target = path.join(folder, 'root', name);
        mkdirSync(path.dirname(target), { recursive: true });
        copyFileSync(source, target);
      }
      mkdirSync(path.join(folder, 'root/tmp'));
      chmodSync(path.join(folder, 'root/tmp'), 0o1777);
      writeDockerfile(folder, ['FROM scratch', 'COPY root /', 'ENV PATH=/usr/local/bin']);
    },
  });
}

/** The project's own image, from its Dockerfile and what `npm run build` makes now. */
export async function buildProjectImage(base: ImageArchive): Promise<ImageArchive> {
  await execute(process.execPath, ['tools/build.ts'], { cwd: root });
  return buildImage({
    name: 'token-injector',
    base,
    // The stage that makes the bundle wants a registry of images, and one of packages.
    buildArguments: ['BUNDLE=local'],
    fill: (folder) => {
      for (const name of ['Dockerfile', 'dist', 'package.json', 'LICENSE']) {
        cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
      }
    },
  });
}

/** The full paths of the shared libraries of a program, and of its loader. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await execute('ldd', [program]);
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, file = '']) => file);
}

function writeDockerfile(folder: string, lines: readonly string[]): void {
  writeFileSync(path.join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
}
