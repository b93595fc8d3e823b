import type { WantedFiles } from '../policy/policy.ts';
import { type Draft, addToList, note, warnUser } from './draft.ts';
import { type Json, isObject, readList } from '../json.ts';
import { type Container, containerLabel } from './pod.ts';

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
  let used = false;
  for (const container of containers) used = mount(draft, container, files, volumes) || used;
  if (used && named === undefined)
    addToList(draft, '/spec/volumes', spec.volumes, [files.volume], 'back');
}

/** Mounts the volume in a container and tells whether the container uses it. */
function mount(
  draft: Draft,
  container: Container,
  { mount: wanted, mountPath }: WantedFiles,
  volumes: ReadonlySet<string>,
): boolean {
  const { volumeMounts, volumeDevices } = container.object;
  const there =
    readList(volumeMounts).find(
      (entry) => isObject(entry) && samePath(entry.mountPath, mountPath),
    ) ??
    readList(volumeDevices).find(
      (entry) => isObject(entry) && samePath(entry.devicePath, mountPath),
    );
  if (there === undefined) {
    addToList(draft, `${container.pointer}/volumeMounts`, volumeMounts, [wanted], 'back');
    note(draft, container, 'file-added', mountPath);
    return true;
  }
  if ((there as Json).name === wanted.name) {
    note(draft, container, 'file-present', mountPath);
    return true;
  }
  const [reason, by] = volumes.has(String((there as Json).name))
    ? (['conflict', 'another policy'] as const)
    : (['file-path-occupied', 'another mount'] as const);
  note(draft, container, reason, mountPath);
  warnUser(
    draft,
    reason,
    `${containerLabel(container)}: ${mountPath} is occupied by ${by}; nothing was mounted`,
  );
  return false;
}

/** Also as `etc/aikido`, `/etc//aikido` or `/etc/aikido/.`, which the kubelet mounts at the same place. */
function samePath(path: unknown, wanted: string): boolean {
  return (
    typeof path === 'string' &&
    `/${path
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/')}` === wanted
  );
}

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
