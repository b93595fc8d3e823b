import { parseAst } from 'vitest/node';

/** A TypeScript file: its path below the project, and what stands in it. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
}

/** A node of a syntax tree, as far as this folder needs it. */
export interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A node with the node that it belongs to, and the field of that node which holds it. */
export interface PlacedNode {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode | undefined;
  readonly field: string;
}

/** Every node of a file, outer ones first. */
export function nodesOf({ path, text }: SourceText): PlacedNode[] {
  const nodes: PlacedNode[] = [];
  const visit = (value: unknown, parent: SyntaxNode | undefined, field: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, parent, field);
    } else if (isNode(value)) {
      nodes.push({ node: value, parent, field });
      for (const [name, inner] of Object.entries(value)) visit(inner, value, name);
    }
  };
  visit(parseAst(text, { lang: 'ts' }, path), undefined, '');
  return nodes;
}

/** Whether a value is a node of that type, or of any. */
export function isNode(value: unknown, type?: string): value is SyntaxNode {
  const isAny = typeof value === 'object' && value !== null && 'type' in value;
  return isAny && (type === undefined || value.type === type);
}

/** Whether a value is the name of something. */
export function isName(value: unknown, name: string): boolean {
  return isNode(value, 'Identifier') && value['name'] === name;
}

/** The text of a string literal. */
export function stringOf(value: unknown): string | undefined {
  return isNode(value, 'Literal') && typeof value['value'] === 'string'
    ? value['value']
    : undefined;
}

/** The name of what a member expression reads: `b` of `a.b` and of `a['b']`. */
export function memberOf(node: SyntaxNode): string | undefined {
  const { computed, property } = node;
  if (computed) return stringOf(property);
  return isNode(property, 'Identifier') ? String(property['name']) : undefined;
}
