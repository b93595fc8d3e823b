import {
  isName,
  isNode,
  memberOf,
  nodesOf,
  type SourceText,
  stringOf,
  type SyntaxNode,
} from './source-file.ts';

/** The files that read the environment, one entry for each place. */
export function environmentReaders(files: readonly SourceText[]): string[] {
  return places(files, readsEnvironment);
}

/** The files that replace modules behind the back of a test, one entry for each place. */
export function moduleMocks(files: readonly SourceText[]): string[] {
  return places(files, replacesModule);
}

// `manager` is what controller-runtime calls what runs controllers.
const emptyNames = /^(?:utils?|helpers?|common|types|managers?)$/i;

/** The files and folders whose name says nothing of what they are. */
export function emptyFileNames(files: readonly SourceText[]): string[] {
  return files
    .map(({ path }) => path)
    .filter((path) =>
      path
        .replace(/\.ts$/, '')
        .replace(/^src\/controllers\/manager\/(manager$)?/, '')
        .split(/[/.-]/)
        .some((word) => emptyNames.test(word)),
    );
}

function places(files: readonly SourceText[], isOne: (node: SyntaxNode) => boolean): string[] {
  return files.flatMap((file) =>
    nodesOf(file)
      .filter(({ node }) => isOne(node))
      .map(() => file.path),
  );
}

function readsEnvironment(node: SyntaxNode): boolean {
  switch (node.type) {
    case 'MemberExpression':
      return memberOf(node) === 'env' && isProcess(node['object']);
    case 'VariableDeclarator':
      return isProcess(node['init']) && takesEnv(node['id'], 'properties', 'key');
    case 'ImportDeclaration':
      return (
        /^(?:node:)?process$/.test(stringOf(node['source']) ?? '') &&
        takesEnv(node, 'specifiers', 'imported')
      );
    default:
      return false;
  }
}

/** `process`, and `globalThis.process` or any other object's. */
function isProcess(value: unknown): boolean {
  return (
    isName(value, 'process') || (isNode(value, 'MemberExpression') && memberOf(value) === 'process')
  );
}

function takesEnv(value: unknown, list: string, field: string): boolean {
  const items = isNode(value) ? value[list] : undefined;
  return Array.isArray(items) && items.some((item) => isNode(item) && isName(item[field], 'env'));
}

function replacesModule(node: SyntaxNode): boolean {
  return (
    node.type === 'MemberExpression' &&
    (isName(node['object'], 'vi') || isName(node['object'], 'vitest')) &&
    ['mock', 'doMock'].includes(memberOf(node) ?? '')
  );
}
