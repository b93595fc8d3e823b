import {
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
} from 'yaml';
import type { Operation } from '../../core/injection/operation.ts';
import { type Json, isObject } from '../../core/json.ts';
import { isSameJson } from './apply-operations.ts';
import { parsePointer } from './json-pointer.ts';
import { keyText, ownCollection, ownEntry, passesAlias } from './anchors-and-aliases.ts';

/** What becomes of nodes that aliases and merge keys share with the place of an operation. */
export type Sharing =
  /** They change with it, and an operation inside an alias is left to the one inside its anchor. */
  | 'shared'
  /** They get a copy of their own first, and stay as they were. */
  | 'parted';

/** Does an operation on the nodes of a document; false where it cannot. */
export function applyToNodes(
  document: Document.Parsed,
  { op, path, value }: Operation,
  sharing: Sharing,
): boolean {
  const keys = parsePointer(path);
  const key = keys.pop();
  if (key === undefined) return false;
  if (sharing === 'shared' && passesAlias(document, keys)) return true;
  const holder = sharing === 'shared' ? document.getIn(keys, true) : ownCollection(document, keys);
  if (!isMap(holder) && !isSeq(holder)) return false;
  // Empty brackets open to the style around them.
  if (holder.items.length === 0) delete holder.flow;
  if (isMap(holder)) {
    const entry = ownEntry(document, holder, key);
    if (entry) entry.value = replaced(document, entry.value, value);
    else holder.items.push(document.createPair(key, newNode(document, value)));
    return true;
  }
  const index = key === '-' ? holder.items.length : Number(key);
  if (op === 'add') insertItem(holder, index, newNode(document, value));
  else holder.items[index] = replaced(document, holder.items[index], value);
  return true;
}

function insertItem(list: YAMLSeq, index: number, item: Node): void {
  const [first] = list.items;
  // The comment above the first item is read as one about the list.
  if (index === 0 && isNode(first) && typeof list.commentBefore === 'string') {
    first.commentBefore = list.commentBefore;
    list.commentBefore = null;
  }
  list.items.splice(index, 0, item);
}

function newNode(document: Document.Parsed, value: unknown): Node {
  return document.createNode(value, { aliasDuplicateObjects: false });
}

/** The node of a value that takes the place of another one; what both have in common stays, with its comments. */
function replaced(document: Document.Parsed, old: unknown, value: unknown): Node {
  if (isNode(old) && isSameJson(old.toJS(document), value)) return old;
  if (isMap(old) && isObject(value) && old.anchor === undefined) {
    replaceEntries(document, old, value);
    return old;
  }
  const node = newNode(document, value);
  if (isCollection(old) && isCollection(node) && old.flow === true && old.items.length > 0)
    node.flow = true;
  if (!isNode(old)) return node;
  if (isScalar(node)) node.comment = old.comment ?? null;
  // Behind a map or list it would come after its last line.
  else node.commentBefore = old.commentBefore ?? old.comment ?? null;
  return node;
}

// What comes takes the places of what goes, such as `valueFrom` that of `value`.
function replaceEntries(document: Document.Parsed, map: YAMLMap, value: Json): void {
  const names = new Set(map.items.map((entry) => keyText(entry)));
  const added = Object.keys(value).filter((name) => !names.has(name));
  const create = (name: string, old?: Pair): Pair => {
    const pair = document.createPair(name, replaced(document, old?.value, value[name]));
    if (isNode(old?.key)) pair.key.commentBefore = old.key.commentBefore ?? null;
    return pair;
  };
  map.items = map.items.flatMap((entry) => {
    const name = keyText(entry);
    if (name === undefined || !Object.hasOwn(value, name)) {
      const next = added.shift();
      return next === undefined ? [] : [create(next, entry)];
    }
    entry.value = replaced(document, entry.value, value[name]);
    return [entry];
  });
  map.items.push(...added.map((name) => create(name)));
}
