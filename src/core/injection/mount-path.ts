/** Where a path lies, seen from a folder; `apart` where neither holds the other. */
export type Position = 'same' | 'below' | 'above' | 'apart';

/** Tells where a path lies, seen from a folder; also one spelled `etc//aikido/.`, which the kubelet mounts at `/etc/aikido`. */
export function positionOf(path: string, folder: string): Position {
  if (isTooLong(path)) return 'apart';
  const one = folderPath(path);
  const other = folderPath(folder);
  if (one === other) return 'same';
  if (one.startsWith(other)) return 'below';
  return other.startsWith(one) ? 'above' : 'apart';
}

/**
 * The most characters of a path that is looked at. At a longer one nothing can be mounted, since Linux takes 4,096 bytes;
 * taking a hostile one apart would cost far more memory than it has characters.
 */
export const maxPathLength = 4_096;

// CEL counts code points, of which a character that is outside the first 65,536 is one.
function isTooLong(path: string): boolean {
  return (
    path.length > maxPathLength &&
    (path.length > 2 * maxPathLength || Array.from(path).length > maxPathLength)
  );
}

/** A path in its shortest form, with a slash at either end, so that the beginning of a path is a path. */
export function folderPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.map((part) => `${part}/`).join('')}`;
}

/** The same as CEL, of a string that an expression gives. */
export function folderPathCel(path: string): string {
  return `'/' + ${path}.split('/').filter(part, part != '' && part != '.').map(part, part + '/').join('')`;
}
