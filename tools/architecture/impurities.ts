import { isName, memberOf, nodesOf, type PlacedNode, type SourceText } from './source-file.ts';

// What differs from one run to the next, or acts on the outside; Math and import.meta are looked at apart.
const impureGlobals = [
  'Buffer',
  'Date',
  'Function',
  'Intl',
  'Temporal',
  'clearInterval',
  'clearTimeout',
  'console',
  'crypto',
  'eval',
  'fetch',
  'global',
  'globalThis',
  'navigator',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
];

/** The uses of clock, randomness, console, environment and the like in a file, as `file uses name`. */
export function impurities(file: SourceText): string[] {
  const used = nodesOf(file).flatMap((placed) => impurity(placed) ?? []);
  return [...new Set(used)].map((name) => `${file.path} uses ${name}`);
}

function impurity({ node, parent, field }: PlacedNode): string | undefined {
  if (node.type === 'MetaProperty' && isName(node['meta'], 'import')) return 'import.meta';
  if (node.type !== 'Identifier' || isOnlyAName(parent, field)) return undefined;
  if (isName(node, 'Math')) {
    const member = parent?.type === 'MemberExpression' ? memberOf(parent) : undefined;
    return member === undefined || member === 'random' ? 'Math.random' : undefined;
  }
  const name = String(node['name']);
  return impureGlobals.includes(name) ? name : undefined;
}

/** Whether the name is that of a member or key, such as `process` in `step.process`. */
function isOnlyAName(parent: PlacedNode['parent'], field: string): boolean {
  return !parent?.['computed'] && (field === 'property' || field === 'key');
}
