import { celList, celString } from '../cel.ts';
import { injectedSidecars } from './injected-sidecars.ts';
import type { TokenPolicySpec } from './schema.ts';

type ContainerNames = TokenPolicySpec['match']['containers'];

/** Whether a container of that name is meant. */
export type NameTest = (name: string) => boolean;

const sidecars = injectedSidecars.map(compileGlob);

/** Whether a container has the name of a sidecar that others add. */
export function isInjectedSidecar(name: string): boolean {
  return sidecars.some((test) => test(name));
}

/**
 * Compiles a policy's include and exclude lists into one test. Exclude wins; a sidecar that others add is only meant
 * where include has its name in full.
 */
export function compileContainers({ include, exclude }: ContainerNames): NameTest {
  const included = include.map(compileGlob);
  const excluded = exclude.map(compileGlob);
  return (name) =>
    // Longer names are refused by the API server; not looking at them bounds the work.
    name.length <= 63 &&
    included.some((test) => test(name)) &&
    !excluded.some((test) => test(name)) &&
    (!isInjectedSidecar(name) || include.includes(name));
}

/** The same question as CEL, about a name that an expression gives. */
export function selectsContainerCel(name: string, { include, exclude }: ContainerNames): string {
  const inFull = include.filter((pattern) => !pattern.includes('*'));
  return `(${globsCel(name, include)}) && !(${globsCel(name, exclude)}) && (!(${globsCel(name, injectedSidecars)}) || ${globsCel(name, inFull)})`;
}

function globsCel(name: string, patterns: readonly string[]): string {
  if (patterns.includes('*')) return 'true';
  const exact = patterns.filter((pattern) => !pattern.includes('*'));
  const tests = patterns
    .filter((pattern) => pattern.includes('*'))
    // A pattern holds nothing but lower-case letters, digits, "-" and "*".
    .map((pattern) => `${name}.matches(${celString(`^${pattern.replaceAll('*', '.*')}$`)})`);
  if (exact.length > 0) tests.unshift(`${name} in ${celList(exact)}`);
  return tests.length > 0 ? tests.join(' || ') : 'false';
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
