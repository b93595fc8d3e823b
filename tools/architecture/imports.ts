import { dirname, join } from 'node:path/posix';
import { isName, nodesOf, type SourceText, stringOf, type SyntaxNode } from './source-file.ts';

/** What a file imports: a file of the project by its path, or a package or module of Node by its name. */
export interface Import {
  readonly from: string;
  readonly to: string;
  readonly isFile: boolean;
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
export function importsOf(file: SourceText): Import[] {
  return nodesOf(file)
    .flatMap(({ node }) => specifiers(node))
    .map((specifier) => {
      const isFile = specifier.startsWith('.');
      const to = isFile ? join(dirname(file.path), specifier) : specifier;
      return { from: file.path, to, isFile };
    });
}

function specifiers(node: SyntaxNode): string[] {
  if (importing.includes(node.type)) {
    const { source } = node;
    // An export of what the file itself declares has no source.
    return source ? [stringOf(source) ?? unknownTarget] : [];
  }
  if (node.type === 'CallExpression' && isName(node['callee'], 'require')) {
    const [argument] = node['arguments'] as unknown[];
    return [stringOf(argument) ?? unknownTarget];
  }
  return [];
}

/** The name of a package without the path inside it. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
