import type { TokenPolicySpec } from './schema.ts';

/** Whether a container of that name is meant. */
export type NameTest = (name: string) => boolean;

/** Compiles a policy's include and exclude lists into one test; exclude wins. */
export function compileContainers(containers: TokenPolicySpec['match']['containers']): NameTest {
  const included = containers.include.map(compileGlob);
  const excluded = containers.exclude.map(compileGlob);
  return (name) =>
    // Longer names are refused by the API server; not looking at them bounds the work.
    name.length <= 63 &&
    included.some((test) => test(name)) &&
    !excluded.some((test) => test(name));
}

/** Compiles a name in which * stands for any characters; never backtracks further than to the last *. */
export function compileGlob(glob: string): NameTest {
  const pieces = glob.split('*');
  if (pieces.length === 1) return (name) => name === glob;
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '');
  return (name) => {
    if (name.length < first.length + last.length) return false;
    if (!name.startsWith(first) || !name.endsWith(last)) return false;
    let from = first.length;
    const end = name.length - last.length;
    for (const piece of middle) {
      const found = name.indexOf(piece, from);
      if (found === -1 || found + piece.length > end) return false;
      from = found + piece.length;
    }
    return true;
  };
}
