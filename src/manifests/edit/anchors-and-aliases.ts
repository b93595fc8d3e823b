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

type Holder = YAMLMap | YAMLSeq;

/** Whether keys lead into a node that an alias shares with its anchor. */
export function passesAlias(document: Document.Parsed, keys: readonly string[]): boolean {
  return keys.some((_key, index) => isAlias(document.getIn(keys.slice(0, index + 1), true)));
}

/** Follows keys to a map or list, and gives it a copy of its own where other places of the document share it. */
export function ownCollection(
  document: Document.Parsed,
  keys: readonly string[],
): Holder | undefined {
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
export function ownEntry(document: Document.Parsed, map: YAMLMap, key: string): Pair | undefined {
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

/** A key as it stands in JSON. */
export function keyText({ key }: { readonly key: unknown }): string | undefined {
  return isScalar<string | number | boolean | null>(key) ? String(key.value ?? '') : undefined;
}
