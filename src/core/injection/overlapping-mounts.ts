import { type Json, isObject, readList } from '../json.ts';
import { type Position, positionCel, positionOf } from './mount-path.ts';

/** Something that is mounted in a container at a folder, in it, or around it. */
export interface OverlappingMount {
  /** Name of its volume; the kubelet's own file has none. */
  readonly volume: unknown;
  readonly position: Exclude<Position, 'apart'>;
  /** Whether a read-only volume cannot be mounted at the folder beside it. */
  readonly blocks: boolean;
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
  const look = (path: unknown, volume: unknown, isReadOnly: boolean) => {
    const position = typeof path === 'string' ? positionOf(path, folder) : 'apart';
    if (position !== 'apart')
      found.push({ volume, position, blocks: position !== 'above' || isReadOnly });
  };
  for (const mount of readList(container.volumeMounts).filter(isObject))
    look(mount.mountPath, mount.name, mount.readOnly === true || readOnlyVolumes.has(mount.name));
  for (const device of readList(container.volumeDevices).filter(isObject))
    look(device.devicePath, device.name, true);
  // The kubelet mounts a file there; where it is not said, in /dev.
  if (container.terminationMessagePath !== '')
    look(container.terminationMessagePath, undefined, true);
  return found;
}

/** Whether one of them blocks, as CEL: about a container, and a list of the names of read-only volumes. */
export function blocksMountCel(container: string, folder: string, readOnlyVolumes: string): string {
  const at = (path: string, isReadOnly: string) =>
    positionCel(
      path,
      folder,
      ({ sameOrBelow, above }) => `${sameOrBelow} || ${above} && ${isReadOnly}`,
    );
  const mount = at(
    'm.mountPath',
    `(has(m.readOnly) && m.readOnly || m.name in ${readOnlyVolumes})`,
  );
  return [
    `has(${container}.volumeMounts) && ${container}.volumeMounts.exists(m, ${mount})`,
    `has(${container}.volumeDevices) && ${container}.volumeDevices.exists(d, ${at('d.devicePath', 'true')})`,
    `has(${container}.terminationMessagePath) && ${at(`${container}.terminationMessagePath`, 'true')}`,
  ].join(' || ');
}
