/** Where a path lies, seen from a folder; `apart` where neither holds the other. */
export type Position = 'same' | 'below' | 'above' | 'apart';

/** Tells where a path lies, seen from a folder; both as `folderPath` gives them. */
export function positionOf(path: string, folder: string): Position {
  if (path === folder) return 'same';
  if (path.startsWith(folder)) return 'below';
  return folder.startsWith(path) ? 'above' : 'apart';
}

/** The path at which something is mounted, as `folderPath` gives it; nothing where nothing can be mounted there. */
export function readMountPath(path: unknown): string | undefined {
  return typeof path === 'string' && !isTooLong(path) ? folderPath(path) : undefined;
}

/** The most characters of a path that is looked at: at a longer one nothing can be mounted, since Linux takes 4,096 bytes. */
export const maxPathLength = 4_096;

// CEL counts code points, of which a character that is outside the first 65,536 is one.
function isTooLong(path: string): boolean {
  return (
    path.length > maxPathLength &&
    (path.length > 2 * maxPathLength || Array.from(path).length > maxPathLength)
  );
}

/**
 * A path in its shortest form, with a slash at either end, so that the beginning of a path is a path. The kubelet mounts
 * `etc//aikido/.` at `/etc/aikido`. Taking it apart would cost a hostile pod's thousand paths of slashes a second.
 */
export function folderPath(path: string): string {
  return `/${path}/`.replaceAll(/\/(?:\.?\/)+/g, '/');
}

/** The same as CEL, of a string that an expression gives. */
export function folderPathCel(path: string): string {
  return `'/' + ${path}.split('/').filter(part, part != '' && part != '.').map(part, part + '/').join('')`;
}
