import { volumePrefix } from '../identity.ts';
import { type Json, isObject, readList } from '../json.ts';
import { type Position, folderPath, positionOf, readMountPath } from './mount-path.ts';

/** Something that is mounted in a container. */
export interface Mount {
  /** Name of its volume; the kubelet's own file has none. */
  readonly volume: unknown;
  /** As `folderPath` gives it. */
  readonly path: string;
  readonly isReadOnly: boolean;
  /** Where it stands among the container's mounts, if it can show another volume. */
  readonly entry: MountEntry | undefined;
}

interface MountEntry {
  readonly index: number;
  readonly mountPath: string;
}

/** A mount at a folder, in it, or around it. */
export interface OverlappingMount extends Pick<Mount, 'volume'> {
  readonly position: Exclude<Position, 'apart'>;
  /** Whether a read-only volume cannot be mounted at the folder beside it. */
  readonly blocks: boolean;
  /** Where it stands among the container's mounts, if it can show our volume instead. */
  readonly replaceable: MountEntry | undefined;
}

/** What is mounted in a container; each path is read once, however many folders are looked for. */
export function readMounts(container: Json, readOnlyVolumes: ReadonlySet<unknown>): Mount[] {
  const found: Mount[] = [];
  const look = (at: unknown, volume: unknown, isReadOnly: boolean, index?: number) => {
    const path = readMountPath(at);
    if (path === undefined) return;
    const entry = index === undefined ? undefined : { index, mountPath: at as string };
    found.push({ volume, path, isReadOnly, entry });
  };
  for (const [index, mount] of readList(container.volumeMounts).entries()) {
    if (!isObject(mount)) continue;
    const isReadOnly = mount.readOnly === true || readOnlyVolumes.has(mount.name);
    const canShowOther = isReadOnly && isReplaceable(mount);
    look(mount.mountPath, mount.name, isReadOnly, canShowOther ? index : undefined);
  }
  for (const device of readList(container.volumeDevices).filter(isObject))
    look(device.devicePath, device.name, true);
  // The kubelet mounts a file there; where it is not said, in /dev.
  if (container.terminationMessagePath !== '')
    look(container.terminationMessagePath, undefined, true);
  return found;
}

/**
 * The mounts at a folder, in it, or around it. The runtime makes the mounts of a container from the outside in, each in
 * the place where the outer one left it: what lies in our folder finds a read-only volume and cannot be mounted, and
 * neither can our folder in a volume that is read-only. The container would then never start.
 */
export function overlappingMounts(mounts: readonly Mount[], mountPath: string): OverlappingMount[] {
  const folder = folderPath(mountPath);
  const found: OverlappingMount[] = [];
  for (const { volume, path, isReadOnly, entry } of mounts) {
    const position = positionOf(path, folder);
    if (position === 'apart') continue;
    const blocks = position !== 'above' || isReadOnly;
    found.push({ volume, position, blocks, replaceable: position === 'same' ? entry : undefined });
  }
  return found;
}

/** Whether a volume is one that a policy gives a pod, by its name. */
export function isPolicyVolume(name: unknown): boolean {
  return typeof name === 'string' && name.startsWith(volumePrefix);
}

// With a subPath it is most often a single file, which the container then looks for where our folder is. To what is not
// read-only a container may have to write: an init container, for example, what the others read.
function isReplaceable({ name, subPath, subPathExpr }: Json): boolean {
  return !subPath && !subPathExpr && !isPolicyVolume(name);
}
