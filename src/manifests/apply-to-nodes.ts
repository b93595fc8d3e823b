import {
  type Alias,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  visit,
} from 'yaml';
import type { Operation } from '../core/injection/operation.ts';
import { parsePointer } from './json-pointer.ts';
import { keyText } from './yaml-nodes.ts';

/**
 * Does an operation on the nodes of a document; false where it cannot. Whatever shares its nodes with the place through an
 * alias or a merge key gets a copy of its own first, so that it stays as it was.
 */
export function applyToNodes(document: Document.Parsed, { op, path, value }: Operation): boolean {
  const keys = parsePointer(path);
  const key = keys.pop();
  if (key === undefined) return false;
  const holder = ownCollection(document, keys);
  if (!holder) return false;
  const node = document.createNode(value, {
    aliasDuplicateObjects: false,
    flow: holder.flow === true,
  });
  if (isMap(holder)) {
    const entry = ownEntry(document, holder, key);
    if (entry) entry.value = node;
    else holder.items.push(document.createPair(key, node));
    return true;
  }
  const index = key === '-' ? holder.items.length : Number(key);
  holder.items.splice(index, op === 'add' ? 0 : 1, node);
  return true;
}

type Holder = YAMLMap | YAMLSeq;

/** Follows keys to a map or list that no other place of the document shares. */
function ownCollection(document: Document.Parsed, keys: readonly string[]): Holder | undefined {
  let holder: unknown = document.contents;
  for (const key of keys) {
    if (!isMap(holder) && !isSeq(holder)) return undefined;
    holder = ownChild(document, holder, key);
    if (isNode(holder)) handOverAnchor(document, holder);
  }
  return isMap(holder) || isSeq(holder) ? holder : undefined;
}

function ownChild(document: Document.Parsed, holder: Holder, key: string): unknown {
  if (isMap(holder)) {
    const entry = ownEntry(document, holder, key);
    if (entry && isAlias(entry.value)) entry.value = resolvedCopy(document, entry.value);
    return entry?.value;
  }
  const index = Number(key);
  const item = holder.items[index];
  if (!isAlias(item)) return item;
  const copy = resolvedCopy(document, item);
  holder.items[index] = copy;
  return copy;
}

/** The entry of a map with a key; one that a merge key (`<<`) brings is copied in. */
function ownEntry(document: Document.Parsed, map: YAMLMap, key: string): Pair | undefined {
  const own = map.items.find((entry) => keyText(entry) === key);
  if (own) return own;
  for (const source of mergedMaps(document, map)) {
    const merged = ownEntry(document, source, key);
    if (!merged) continue;
    const copy = document.createPair(key, isNode(merged.value) ? copyOf(merged.value) : null);
    map.items.push(copy);
    return copy;
  }
  return undefined;
}

function mergedMaps(document: Document.Parsed, map: YAMLMap): YAMLMap[] {
  return map.items
    .filter(({ key }) => isScalar(key) && key.source === '<<')
    .flatMap(({ value }) => (isSeq(value) ? value.items : [value]))
    .map((value) => (isAlias(value) ? value.resolve(document) : value))
    .filter((value) => isMap(value));
}

// The first alias of a node that is to change takes over its content and its anchor.
function handOverAnchor(document: Document.Parsed, node: Node): void {
  if (isAlias(node) || node.anchor === undefined) return;
  const { anchor } = node;
  let isDone = false;
  visit(document, {
    Alias(_key, alias) {
      if (isDone || alias.resolve(document) !== node) return undefined;
      isDone = true;
      const copy = copyOf(node);
      copy.anchor = anchor;
      return copy;
    },
  });
  if (isDone) delete node.anchor;
}

function resolvedCopy(document: Document.Parsed, alias: Alias): Node | undefined {
  const source = alias.resolve(document);
  return source && copyOf(source);
}

/** A copy without anchors, which may stand only once. */
function copyOf<N extends Node>(node: N): N {
  const copy = node.clone() as N;
  visit(copy, {
    Value(_key, value) {
      delete value.anchor;
    },
  });
  return copy;
}
