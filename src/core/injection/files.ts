import type { WantedFiles } from '../policy/compile-policy.ts';
import {
  type PatchBuilder,
  addToList,
  isTooManyEntries,
  recordOutcome,
  addWarning,
} from './patch-builder.ts';
import { type Json, isObject, readList } from '../json.ts';
import {
  type OverlappingMount,
  isPolicyVolume,
  overlappingMounts,
  readMounts,
} from './overlapping-mounts.ts';
import { type Container, containerLabel } from './pod.ts';
import { isReadOnlyVolume } from './read-only-volume.ts';

/**
 * Gives the pod the policy's volumes and each of the containers its mounts; what is occupied stays as it is, or shows
 * our volume where the policy says so.
 */
export function injectFiles(
  builder: PatchBuilder,
  spec: Json,
  containers: readonly Container[],
): void {
  const { files } = builder.policy;
  if (files.length === 0) return;
  const volumes = readList(spec.volumes).filter(isObject);
  const named = (name: string) => volumes.find((volume) => volume.name === name);
  const mountable = files.filter((folder) => {
    const volume = named(folder.volume.name);
    return volume === undefined || isWantedVolume(volume, folder) || keepVolume(builder, folder);
  });
  const readOnly = new Set(volumes.filter(isReadOnlyVolume).map(({ name }) => name));
  const used = new Set<WantedFiles>();
  for (const container of containers) {
    for (const folder of mountFolders(builder, container, mountable, readOnly)) used.add(folder);
    if (isTooManyEntries(builder.entries)) return;
  }
  const missing = mountable.filter(
    (folder) => used.has(folder) && named(folder.volume.name) === undefined,
  );
  addToList(
    builder,
    '/spec/volumes',
    spec.volumes,
    missing.map(({ volume }) => volume),
    'back',
  );
}

function keepVolume(builder: PatchBuilder, { volume: { name } }: WantedFiles): false {
  const reason = 'file-volume-occupied';
  builder.outcomes.push({ path: 'spec.volumes', subject: name, reason });
  addWarning(builder, reason, `volume ${name} is not ours; no file was mounted`);
  return false;
}

/** Mounts the folders in a container, and gives those that it then has. */
function mountFolders(
  builder: PatchBuilder,
  container: Container,
  folders: readonly WantedFiles[],
  readOnly: ReadonlySet<unknown>,
): WantedFiles[] {
  const missing: WantedFiles[] = [];
  const mounts = readMounts(container.object, readOnly);
  const held = folders.filter((folder) => {
    const { mountPath } = folder;
    const overlapping = overlappingMounts(mounts, mountPath);
    const reason = judge(overlapping, folder);
    recordOutcome(builder, container, reason, mountPath);
    warnOf(builder, container, folder, { reason, overlapping });
    if (reason === 'file-added') missing.push(folder);
    if (reason === 'file-replaced') showFolder(builder, container, folder, overlapping);
    return reason !== 'conflict' && reason !== 'file-path-occupied';
  });
  const { volumeMounts } = container.object;
  const added = missing.map(({ mount }) => mount);
  addToList(builder, `${container.pointer}/volumeMounts`, volumeMounts, added, 'back');
  return held;
}

type FileReason = `file-${'added' | 'path-occupied' | 'present' | 'replaced'}` | 'conflict';

function judge(
  overlapping: readonly OverlappingMount[],
  { mount, whenPresent }: WantedFiles,
): FileReason {
  const existing = mostInTheWay(overlapping);
  if (existing === undefined) return 'file-added';
  if (existing.position === 'same' && existing.volume === mount.name) return 'file-present';
  if (isPolicyVolume(existing.volume)) return 'conflict';
  return whenPresent === 'Replace' && isReplaceable(overlapping)
    ? 'file-replaced'
    : 'file-path-occupied';
}

function isReplaceable(overlapping: readonly OverlappingMount[]): boolean {
  return overlapping.every(({ blocks, replaceable }) => !blocks || replaceable);
}

function mostInTheWay(overlapping: readonly OverlappingMount[]): OverlappingMount | undefined {
  return (
    overlapping.find(({ position }) => position === 'same') ??
    overlapping.find(({ blocks }) => blocks)
  );
}

// Each keeps its own spelling of the path, of which a container may have only one of each.
function showFolder(
  builder: PatchBuilder,
  container: Container,
  { mount }: WantedFiles,
  overlapping: readonly OverlappingMount[],
): void {
  for (const { replaceable } of overlapping) {
    if (!replaceable) continue;
    const { index, mountPath } = replaceable;
    builder.entries++;
    if (isTooManyEntries(builder.entries)) return;
    builder.operations.push({
      op: 'replace',
      path: `${container.pointer}/volumeMounts/${index}`,
      value: { ...mount, mountPath },
    });
  }
}

function warnOf(
  builder: PatchBuilder,
  container: Container,
  { mountPath }: WantedFiles,
  {
    reason,
    overlapping,
  }: { readonly reason: FileReason; readonly overlapping: readonly OverlappingMount[] },
): void {
  const label = `${containerLabel(container)}: ${mountPath}`;
  if (reason === 'file-added' && overlapping.length > 0)
    addWarning(
      builder,
      'file-path-nested',
      `${label} lies in another volume, which gets an empty folder`,
    );
  const existing = mostInTheWay(overlapping);
  if (!existing || (reason !== 'conflict' && reason !== 'file-path-occupied')) return;
  const by = reason === 'conflict' ? 'another policy' : 'another mount';
  const occupied = `is occupied by ${by}${placeOf[existing.position]}`;
  const mend = reason === 'conflict' ? 'nothing was mounted' : roomFor(overlapping);
  addWarning(
    builder,
    reason,
    `${label} ${occupied}; ${mend}`,
    `${mountPath} ${occupied}; ${mend}`,
    `${mountPath} is occupied; ${mend}`,
    `a mountPath is occupied; ${mend}`,
  );
}

/** How the folder comes to be mounted all the same. */
function roomFor(overlapping: readonly OverlappingMount[]): string {
  return isReplaceable(overlapping) ? 'set whenPresent: Replace' : 'choose another mountPath';
}

const placeOf = { same: '', below: ' in it', above: ' around it, read-only' };

// Defaulting fills in more of a volume than we write, so only what we write is compared.
function isWantedVolume({ secret }: Json, { volume: { secret: wanted } }: WantedFiles): boolean {
  if (!isObject(secret) || secret.secretName !== wanted.secretName) return false;
  if ((secret.optional === true) !== (wanted.optional === true)) return false;
  if (wanted.defaultMode !== undefined && secret.defaultMode !== wanted.defaultMode) return false;
  const items = readList(secret.items);
  const wantedItems = wanted.items ?? [];
  return (
    items.length === wantedItems.length &&
    wantedItems.every(({ key, path }, index) => {
      const item = items[index];
      return isObject(item) && item.key === key && item.path === path;
    })
  );
}
