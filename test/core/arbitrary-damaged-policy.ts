import fc from 'fast-check';
import { arbitraryPolicy } from './arbitrary-policy.ts';

type Path = readonly (string | number)[];

const oddValues: readonly unknown[] = [
  null,
  7,
  1.5,
  true,
  '',
  'a b',
  'é',
  'A',
  'a',
  '-a',
  '.',
  '..',
  '../a',
  '..a',
  '/a',
  '/a/./b',
  'a/b',
  'a/b/c',
  'PATH',
  'ld_preload',
  'true',
  'Exists',
  'In',
  'Deny',
  'Required',
  'x'.repeat(64),
  'x'.repeat(2000),
  [],
  [null],
  ['a'],
  [{}],
  {},
  { a: null },
  { '-a': 'b' },
  { matchLabels: {} },
  { matchLabels: { a: 'b' }, matchExpressions: [] },
  { key: 'a', operator: 'Exists', values: ['b'] },
  { name: 'A', key: 'b' },
];

/** TokenPolicy objects in which one to three things were replaced, taken away, added or doubled; some are still good. */
export const arbitraryDamagedPolicy: fc.Arbitrary<unknown> = fc
  .tuple(
    arbitraryPolicy,
    fc.array(
      fc.record({
        where: fc.nat(),
        how: fc.constantFrom('replace', 'replace', 'remove', 'add', 'double'),
        value: fc.constantFrom(...oddValues),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([policy, damages]) => {
    let damaged: unknown = structuredClone(policy);
    for (const { where, how, value } of damages) {
      const paths: readonly Path[] = [['metadata', 'name'], ...pathsIn(damaged, [])];
      damaged = changed(damaged, paths[where % paths.length]!, (old) => {
        if (how === 'replace') return [value];
        if (how === 'remove') return [];
        if (how === 'double') return [old, old];
        return [isMap(old) ? { ...old, addedField: value } : value];
      });
    }
    return damaged;
  });

/** The path of every value below `spec`, and of `spec` itself. */
function pathsIn(value: unknown, path: Path): Path[] {
  if (path.length > 0 && path[0] !== 'spec') return [];
  const inner = Array.isArray(value)
    ? value.flatMap((item, index) => pathsIn(item, [...path, index]))
    : isMap(value)
      ? Object.entries(value).flatMap(([key, item]) => pathsIn(item, [...path, key]))
      : [];
  return path.length === 0 ? inner : [path, ...inner];
}

/** A copy in which other values stand in the place of one; a field of a map can only hold the first. */
function changed(
  value: unknown,
  [step, ...rest]: Path,
  change: (old: unknown) => unknown[],
): unknown {
  const inner = (old: unknown): unknown[] =>
    rest.length === 0 ? change(old) : [changed(old, rest, change)];
  if (Array.isArray(value))
    return value.flatMap((item, index) => (index === step ? inner(item) : [item]));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      key === step ? inner(item).map((other): [string, unknown] => [key, other]) : [[key, item]],
    ),
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
