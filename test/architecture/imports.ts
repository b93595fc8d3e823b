import { dirname, join } from 'node:path/posix';
import { parseAst } from 'vitest/node';

/** A TypeScript file: its path below the project, and its text. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** What a file imports: a file of the project by its path, or a package or module of Node by its name. */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly isFile: boolean;
}

interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

const importing = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
];
/** Stands for what an import names only when it runs. */
const unknownTarget = '(an expression)';

/** The imports of a file: static, dynamic, re-exports, and those of types alone. */
export function importsOf({ path, text }: SourceText): Import[] {
  return nodesOf(parseAst(text, { lang: 'ts' }, path))
    .flatMap(specifiers)
    .map((specifier) => {
      const isFile = specifier.startsWith('.');
      const to = isFile ? join(dirname(path), specifier) : specifier;
      return { from: path, to, isFile };
    });
}

/** The name of a package without the path inside it. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function specifiers(node: SyntaxNode): string[] {
  if (importing.includes(node.type)) {
    // An export of what the file itself declares has no source.
    return node['source'] ? [textOf(node['source'])] : [];
  }
  const { callee } = node;
  const requires = isNode(callee) && callee.type === 'Identifier' && callee['name'] === 'require';
  return requires ? [textOf((node['arguments'] as unknown[])[0])] : [];
}

function textOf(value: unknown): string {
  return isNode(value) && typeof value['value'] === 'string' ? value['value'] : unknownTarget;
}

/** Every node of a syntax tree, outer ones first. */
function nodesOf(value: unknown): SyntaxNode[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(nodesOf);
  return isNode(value) ? [value, ...inner] : inner;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value;
}
