/** Where a path lies, seen from a folder; `apart` where neither holds the other. */
export type Position = 'same' | 'below' | 'above' | 'apart';

/** Tells where a path lies, seen from a folder; also one spelled `etc//aikido/.`, which the kubelet mounts at `/etc/aikido`. */
export function positionOf(path: string, folder: string): Position {
  if (isTooLong(path)) return 'apart';
  const one = normalized(path);
  const other = normalized(folder);
  if (one === other) return 'same';
  if (one.startsWith(other)) return 'below';
  return other.startsWith(one) ? 'above' : 'apart';
}

// Nothing can be mounted there: a path of Linux has 4,096 bytes at most. Taking a hostile one apart would cost far more
// memory than it has characters.
const maxPathLength = 4_096;

// CEL counts code points, of which a character that is outside the first 65,536 is one.
function isTooLong(path: string): boolean {
  return (
    path.length > maxPathLength &&
    (path.length > 2 * maxPathLength || Array.from(path).length > maxPathLength)
  );
}

// With a slash at either end, so that the beginning of a path is a path.
function normalized(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.map((part) => `${part}/`).join('')}`;
}

/** The same questions as CEL, about a string that an expression gives: each is a condition on the path. */
export function positionCel(
  path: string,
  folder: string,
  condition: (at: { readonly sameOrBelow: string; readonly above: string }) => string,
): string {
  const parts = `${path}.split('/').filter(part, part != '' && part != '.')`;
  const other = `'${normalized(folder)}'`;
  // A list of one is how CEL names an intermediate result.
  return `${path}.size() <= ${maxPathLength} && ['/' + ${parts}.map(part, part + '/').join('')].exists(path, ${condition(
    {
      sameOrBelow: `path.startsWith(${other})`,
      above: `${other}.startsWith(path)`,
    },
  )})`;
}
