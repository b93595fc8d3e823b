import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';

import { cacheFolder } from '../binaries.ts';
import { openProcessGroup, type ProcessGroup } from '../process-group.ts';
import { run } from './run.ts';

/** An image as a file that a container runtime reads. */
export interface ImageArchive {
  /** With a tag that names the content. */
  readonly image: string;
  readonly file: string;
}

/** What an image is built from. */
interface Recipe {
  readonly name: string;
  /** Default: the hash of everything that the image is built from. */
  readonly tag?: string;
  /** What the Dockerfile gets as BASE_IMAGE. */
  readonly base?: ImageArchive;
  /** Further ones, as `NAME=value`. */
  readonly buildArguments?: readonly string[];
  /** Puts the Dockerfile and what it copies into a folder. */
  readonly fill: (folder: string) => void;
}

/** Of one name: branches are worked on side by side. */
const keptArchives = 4;

/** Builds an image, unless the cache has one from the same files. */
export async function buildImage(recipe: Recipe): Promise<ImageArchive> {
  const { name, tag, base, buildArguments = [], fill } = recipe;
  const cache = path.join(cacheFolder(), 'images');
  mkdirSync(cache, { recursive: true });
  const group = openProcessGroup();
  try {
    const context = path.join(group.folder, 'context');
    mkdirSync(context);
    fill(context);
    const given = [...(base ? [`BASE_IMAGE=${base.image}`] : []), ...buildArguments];
    const hash = hashOf(context, given);
    const image = `localhost/${name}:${tag ?? hash}`;
    const file = path.join(cache, `${name}-${hash}.tar`);
    if (existsSync(file)) {
      const now = new Date();
      utimesSync(file, now, now);
      return { image, file };
    }
    const unfinished = path.join(cache, `.${path.basename(group.folder)}`);
    try {
      await build({ group, context, image, base, given, file: unfinished });
      renameSync(unfinished, file);
    } finally {
      rmSync(unfinished, { force: true });
    }
    forgetOldArchives(cache, name);
    return { image, file };
  } finally {
    await group.close();
  }
}

interface Build {
  readonly group: ProcessGroup;
  readonly context: string;
  readonly image: string;
  readonly base: ImageArchive | undefined;
  readonly given: readonly string[];
  readonly file: string;
}

async function build({ group, context, image, base, given, file }: Build): Promise<void> {
  // A store of its own for each build, without mounts: nothing is shared, and nothing is left.
  const store = ['--root=store', '--runroot=store-run', '--storage-driver=vfs'];
  const buildah = (verb: string, ...args: string[]) =>
    run(group, `buildah-${verb}`, ['buildah', ...store, verb, '--quiet', ...args]);
  if (base) await buildah('pull', `docker-archive:${base.file}`);
  const args = given.map((argument) => `--build-arg=${argument}`);
  await buildah('build', '--pull-never', ...args, `--tag=${image}`, context);
  await buildah('push', image, `docker-archive:${file}:${image}`);
}

/** Over names, modes and contents of all files of a folder. */
function hashOf(folder: string, given: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(given));
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  for (const name of entries) {
    const file = path.join(folder, name);
    const stat = statSync(file);
    hash.update(`\n${name} ${stat.mode}\n`);
    if (stat.isFile()) hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}

function forgetOldArchives(cache: string, name: string): void {
  const ages = readdirSync(cache)
    .filter((file) => file.startsWith(`${name}-`) && /-[0-9a-f]{12}\.tar$/.test(file))
    .filter((file) => file.length === `${name}-.tar`.length + 12)
    .map((file) => ({
      file: path.join(cache, file),
      used: statSync(path.join(cache, file)).mtimeMs,
    }));
  const newestFirst = ages.toSorted((one, other) => other.used - one.used);
  for (const { file } of newestFirst.slice(keptArchives)) rmSync(file, { force: true });
}
