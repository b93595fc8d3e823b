import { type Document, type Node, isAlias, isCollection, isNode, isScalar, visit } from 'yaml';
import type { Fault } from './document-problem.ts';

/** Finds what is good YAML and yet no JSON, or can be resolved to none: Kubernetes refuses the same. */
export function findUnplain(document: Document.Parsed): Fault | undefined {
  const anchors = new Map<string, Node>();
  let fault: Fault | undefined;
  const stop = (node: unknown, message: string): symbol => {
    fault = { offset: offsetOf(node), message };
    return visit.BREAK;
  };
  visit(document, {
    Pair(_key, pair) {
      const key = isAlias(pair.key) ? anchors.get(pair.key.source) : pair.key;
      if (isCollection(key)) return stop(pair.key, 'a key is itself a map or a list');
      if (isScalar(key) && key.value === null) return stop(pair.key, 'a key is empty or null');
      return undefined;
    },
    Alias(_key, alias, path) {
      const source = anchors.get(alias.source);
      if (!source) return stop(alias, 'an alias refers to an anchor that is not set before it');
      if (path.includes(source)) return stop(alias, 'an alias stands inside its own anchor');
      return undefined;
    },
    Value(_key, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (!isScalar(node) || typeof node.value !== 'number' || Number.isFinite(node.value))
        return undefined;
      return stop(node, 'JSON has no such number');
    },
  });
  return fault;
}

/** Copies what a YAML document came to, so that nothing in it is shared; throws where aliases make it grow without measure. */
export function copyPlain(value: unknown, textLength: number): unknown {
  // Every value takes a character of the text, so only aliases can go beyond its length.
  let budget = textLength + 1_000_000;
  const copy = (item: unknown, depth: number): unknown => {
    budget -= 1;
    if (budget < 0 || depth > maxDepth) throw new OversizeError();
    if (Array.isArray(item)) return item.map((element) => copy(element, depth + 1));
    if (typeof item !== 'object' || item === null) return item;
    // Unlike an assignment, fromEntries makes `__proto__` a key like any other.
    return Object.fromEntries(
      Object.entries(item).map(([key, element]) => [key, copy(element, depth + 1)]),
    );
  };
  return copy(value, 0);
}

// Far beyond any manifest, and far from where recursion ends.
const maxDepth = 500;

/** A document is larger or deeper than is safe to walk. */
export class OversizeError extends Error {}

function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
