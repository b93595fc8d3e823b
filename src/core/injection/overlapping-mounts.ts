import { volumePrefix } from '../identity.ts';
import { type Json, isObject, readList } from '../json.ts';
import { type Position, positionOf } from './mount-path.ts';

/** Something that is mounted in a container at a folder, in it, or around it. */
export interface OverlappingMount {
  /** Name of its volume; the kubelet's own file has none. */
  readonly volume: unknown;
  readonly position: Exclude<Position, 'apart'>;
  /** Whether a read-only volume cannot be mounted at the folder beside it. */
  readonly blocks: boolean;
  /** Its place among the container's mounts where it can show our volume instead. */
  readonly replaceable?: { readonly index: number; readonly mountPath: string };
}

/**
 * What is mounted in a container at a folder, in it, or around it. The runtime makes the mounts of a container from the
 * outside in, each in the place where the outer one left it: what lies in our folder finds a read-only volume and
 * cannot be mounted, and neither can our folder in a volume that is read-only. The container would then never start.
 */
export function overlappingMounts(
  container: Json,
  folder: string,
  readOnlyVolumes: ReadonlySet<unknown>,
): OverlappingMount[] {
  const found: OverlappingMount[] = [];
  const look = (path: unknown, volume: unknown, isReadOnly: boolean, index?: number) => {
    const position = typeof path === 'string' ? positionOf(path, folder) : 'apart';
    if (position === 'apart') return;
    const overlapping = { volume, position, blocks: position !== 'above' || isReadOnly };
    if (position !== 'same' || index === undefined) found.push(overlapping);
    else found.push({ ...overlapping, replaceable: { index, mountPath: path as string } });
  };
  for (const [index, mount] of readList(container.volumeMounts).entries()) {
    if (!isObject(mount)) continue;
    const isReadOnly = mount.readOnly === true || readOnlyVolumes.has(mount.name);
    look(mount.mountPath, mount.name, isReadOnly, isReplaceable(mount) ? index : undefined);
  }
  for (const device of readList(container.volumeDevices).filter(isObject))
    look(device.devicePath, device.name, true);
  // The kubelet mounts a file there; where it is not said, in /dev.
  if (container.terminationMessagePath !== '')
    look(container.terminationMessagePath, undefined, true);
  return found;
}

/** Whether a volume is one that a policy gives a pod, by its name. */
export function isPolicyVolume(name: unknown): boolean {
  return typeof name === 'string' && name.startsWith(volumePrefix);
}

// With a subPath it is most often a single file, which the container then looks for where our folder is.
function isReplaceable({ name, subPath, subPathExpr }: Json): boolean {
  return !subPath && !subPathExpr && !isPolicyVolume(name);
}
