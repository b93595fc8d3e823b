import type { WantedFiles } from '../policy/policy.ts';
import { type Draft, addToList, note, warnUser } from './draft.ts';
import { type Json, isObject, readList } from '../json.ts';
import { occupantsOf } from './occupants.ts';
import { type Container, containerLabel } from './pod.ts';
import { isReadOnlyVolume } from './read-only-volume.ts';

/**
 * Gives the pod the policy's volume and each of the containers its mount; what is occupied stays as it is.
 * `volumes` are those of all policies (`PolicySet.volumes`).
 */
export function injectFiles(
  draft: Draft,
  spec: Json,
  containers: readonly Container[],
  volumes: ReadonlySet<string>,
): void {
  const { files } = draft.policy;
  if (!files) return;
  const named = readList(spec.volumes).find(
    (volume) => isObject(volume) && volume.name === files.volume.name,
  );
  if (named !== undefined && !isWantedVolume(named as Json, files)) {
    draft.outcomes.push({
      path: 'spec.volumes',
      subject: files.volume.name,
      reason: 'file-volume-occupied',
    });
    warnUser(
      draft,
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
    used = mount(draft, container, files, { volumes, readOnly }) || used;
  if (used && named === undefined)
    addToList(draft, '/spec/volumes', spec.volumes, [files.volume], 'back');
}

interface VolumeNames {
  /** Of all policies. */
  readonly volumes: ReadonlySet<string>;
  readonly readOnly: ReadonlySet<unknown>;
}

/** Mounts the volume in a container and tells whether the container uses it. */
function mount(
  draft: Draft,
  container: Container,
  { mount: wanted, mountPath }: WantedFiles,
  { volumes, readOnly }: VolumeNames,
): boolean {
  const occupants = occupantsOf(container.object, mountPath, readOnly);
  const there =
    occupants.find(({ position }) => position === 'same') ?? occupants.find(({ blocks }) => blocks);
  if (there === undefined) {
    const { volumeMounts } = container.object;
    addToList(draft, `${container.pointer}/volumeMounts`, volumeMounts, [wanted], 'back');
    note(draft, container, 'file-added', mountPath);
    if (occupants.length > 0)
      warnUser(
        draft,
        'file-path-nested',
        `${containerLabel(container)}: ${mountPath} lies in another volume, which gets an empty folder`,
      );
    return true;
  }
  if (there.position === 'same' && there.volume === wanted.name) {
    note(draft, container, 'file-present', mountPath);
    return true;
  }
  const isOurs = volumes.has(String(there.volume));
  const reason = isOurs ? 'conflict' : 'file-path-occupied';
  const by = isOurs ? 'another policy' : 'another mount';
  note(draft, container, reason, mountPath);
  warnUser(
    draft,
    reason,
    `${containerLabel(container)}: ${mountPath} is occupied by ${by}${placeOf[there.position]}; nothing was mounted`,
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
