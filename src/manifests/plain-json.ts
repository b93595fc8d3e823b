import { type Document, type Node, isCollection, isNode, isScalar, visit } from 'yaml';
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
      if (isCollection(pair.key)) return stop(pair.key, 'a key is itself a map or a list');
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

/** Copies what a YAML document came to, so that nothing in it is shared; gives up where aliases make it grow without measure. */
export function copyPlain(value: unknown, budget: Budget): unknown {
  budget.values -= 1;
  if (budget.values < 0) throw new OversizeError();
  if (Array.isArray(value)) return value.map((item) => copyPlain(item, budget));
  if (typeof value !== 'object' || value === null) return value;
  // Unlike an assignment, fromEntries makes `__proto__` a key like any other.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, copyPlain(item, budget)]),
  );
}

/** How many values a copy may still have. */
export interface Budget {
  values: number;
}

/** Aliases make a document many times larger than its text. */
export class OversizeError extends Error {}

function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
