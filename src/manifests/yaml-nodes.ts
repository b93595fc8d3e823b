import {
  type Pair,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
  isCollection,
  isMap,
  isScalar,
  isSeq,
} from 'yaml';

/** A parsed map or list. */
export type Collection = YAMLMap.Parsed | YAMLSeq.Parsed;
/** A parsed key and its value. */
export type Entry = Pair<ParsedNode, ParsedNode | null>;

/** The column of a map or list in block style; nothing for all else. */
export function blockColumn(node: unknown): number | undefined {
  if (!isCollection(node)) return undefined;
  const token = node.srcToken;
  return token?.type === 'block-map' || token?.type === 'block-seq' ? token.indent : undefined;
}

/** Whether a node is a map or list in brackets. */
export function isFlow(node: unknown): node is Collection {
  return isCollection(node) && blockColumn(node) === undefined;
}

/** The entry of a map that a key of a JSON pointer names. */
export function findEntry(map: YAMLMap.Parsed, key: string): Entry | undefined {
  return map.items.find((entry) => keyText(entry) === key);
}

/** The value that a key of a JSON pointer names in a map or list. */
export function childOf(collection: Collection, key: string): ParsedNode | null | undefined {
  if (isSeq(collection)) return /^\d+$/.test(key) ? collection.items[Number(key)] : undefined;
  return findEntry(collection, key)?.value;
}

/** A key as it stands in JSON. */
export function keyText({ key }: { readonly key: unknown }): string | undefined {
  return isScalar<string | number | boolean | null>(key) ? String(key.value ?? '') : undefined;
}

/** Where the colon of an entry ends, or its key where there is none. */
export function colonEnd({ key, srcToken }: Entry): number {
  const colon = srcToken?.sep?.find(({ type }) => type === 'map-value-ind');
  return colon ? colon.offset + 1 : key.range[1];
}

/** Where an entry ends, without the comment behind it. */
export function entryEnd(entry: Entry): number {
  const { value } = entry;
  return value === null || isBlank(value) ? colonEnd(entry) : contentEnd(value);
}

/** Where the dash of a list's item ends. */
export function dashEnd(list: YAMLSeq.Parsed, index: number): number | undefined {
  const dashes = (list.srcToken?.items ?? []).flatMap(({ start }) =>
    start.filter(({ type }) => type === 'seq-item-ind'),
  );
  const dash = dashes[index];
  return dash && dash.offset + 1;
}

/** Where an item of a list in block style ends, without the comment behind it. */
export function itemEnd(list: YAMLSeq.Parsed, index: number): number | undefined {
  const item = list.items[index];
  return item === undefined || isBlank(item) ? dashEnd(list, index) : contentEnd(item);
}

/** Whether a value is null for want of any text. */
export function isBlank(node: ParsedNode): boolean {
  return (
    isScalar(node) &&
    node.source === '' &&
    node.range[0] === node.range[1] &&
    !node.anchor &&
    !node.tag
  );
}

// The range of a block collection runs on over comments and blank lines, so its last leaf is asked.
function contentEnd(node: ParsedNode): number {
  if (blockColumn(node) === undefined) return node.range[1];
  if (isMap(node)) {
    const last = node.items.at(-1);
    return last ? entryEnd(last) : node.range[1];
  }
  return (isSeq(node) && itemEnd(node, node.items.length - 1)) || node.range[1];
}
