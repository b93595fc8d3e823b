import type { WantedFiles } from '../policy/compile-policy.ts';
import { type PatchBuilder, addToList, recordOutcome, addWarning } from './patch-builder.ts';
import { type Json, isObject, readList } from '../json.ts';
import { overlappingMounts } from './overlapping-mounts.ts';
import { type Container, containerLabel } from './pod.ts';
import { isReadOnlyVolume } from './read-only-volume.ts';

/**
 * Gives the pod the policy's volume and each of the containers its mount; what is occupied stays as it is.
 * `volumes` are those of all policies (`PolicySet.volumes`).
 */
export function injectFiles(
  builder: PatchBuilder,
  spec: Json,
  containers: readonly Container[],
  volumes: ReadonlySet<string>,
): void {
  const { files } = builder.policy;
  if (!files) return;
  const named = readList(spec.volumes).find(
    (volume) => isObject(volume) && volume.name === files.volume.name,
  );
  if (named !== undefined && !isWantedVolume(named as Json, files)) {
    builder.outcomes.push({
      path: 'spec.volumes',
      subject: files.volume.name,
      reason: 'file-volume-occupied',
    });
    addWarning(
      builder,
      'file-volume-occupied',
      `volume ${files.volume.name} is not ours; no file was mounted`,
    );
    return;
  }
  const readOnly = new Set(
    readList(spec.volumes)
      .filter(isObject)
      .filter(isReadOnlyVolume)
      .map(({ name }) => name),
  );
  let used = false;
  for (const container of containers)
    used = mount(builder, container, files, { volumes, readOnly }) || used;
  if (used && named === undefined)
    addToList(builder, '/spec/volumes', spec.volumes, [files.volume], 'back');
}

interface VolumeNames {
  /** Of all policies. */
  readonly volumes: ReadonlySet<string>;
  readonly readOnly: ReadonlySet<unknown>;
}

/** Mounts the volume in a container and tells whether the container uses it. */
function mount(
  builder: PatchBuilder,
  container: Container,
  { mount: wanted, mountPath }: WantedFiles,
  { volumes, readOnly }: VolumeNames,
): boolean {
  const overlapping = overlappingMounts(container.object, mountPath, readOnly);
  const existing =
    overlapping.find(({ position }) => position === 'same') ??
    overlapping.find(({ blocks }) => blocks);
  if (existing === undefined) {
    const { volumeMounts } = container.object;
    addToList(builder, `${container.pointer}/volumeMounts`, volumeMounts, [wanted], 'back');
    recordOutcome(builder, container, 'file-added', mountPath);
    if (overlapping.length > 0)
      addWarning(
        builder,
        'file-path-nested',
        `${containerLabel(container)}: ${mountPath} lies in another volume, which gets an empty folder`,
      );
    return true;
  }
  if (existing.position === 'same' && existing.volume === wanted.name) {
    recordOutcome(builder, container, 'file-present', mountPath);
    return true;
  }
  const isOurs = volumes.has(String(existing.volume));
  const reason = isOurs ? 'conflict' : 'file-path-occupied';
  const by = isOurs ? 'another policy' : 'another mount';
  recordOutcome(builder, container, reason, mountPath);
  addWarning(
    builder,
    reason,
    `${containerLabel(container)}: ${mountPath} is occupied by ${by}${placeOf[existing.position]}; nothing was mounted`,
  );
  return false;
}

const placeOf = { same: '', below: ' in it', above: ' around it, read-only' };

// Defaulting fills in more of a volume than we write, so only what we write is compared.
function isWantedVolume({ secret }: Json, { volume }: WantedFiles): boolean {
  if (!isObject(secret) || secret.secretName !== volume.secret.secretName) return false;
  const items = readList(secret.items);
  return (
    items.length === volume.secret.items.length &&
    volume.secret.items.every(({ key, path }, index) => {
      const item = items[index];
      return isObject(item) && item.key === key && item.path === path;
    })
  );
}
