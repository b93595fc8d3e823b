import { type ParsedNode, type YAMLMap, type YAMLSeq, isMap } from 'yaml';
import type { Place } from './edit-place.ts';
import { findFlowStyle, itemStart, renderFlow, renderFlowEntry } from './flow-rendering.ts';
import { type Splice, indentation, lineBreak, startsLine } from './source-lines.ts';
import { type Collection, type Entry, colonEnd, entryEnd, isBlank } from './yaml-nodes.ts';

/** Adds an entry at the end of a map in brackets. */
export function addFlowEntry(
  place: Place,
  map: YAMLMap.Parsed,
  key: string,
  value: unknown,
): Splice | undefined {
  const style = findFlowStyle(place);
  return insert(place, map, map.items.length, (indent) =>
    renderFlowEntry(key, value, style, indent, lineBreak(place.text)),
  );
}

/** Adds an item to a list in brackets. */
export function addFlowItem(
  place: Place,
  list: YAMLSeq.Parsed,
  index: number,
  value: unknown,
): Splice | undefined {
  const style = findFlowStyle(place);
  return insert(place, list, index, (indent) =>
    renderFlow(value, style, indent, lineBreak(place.text)),
  );
}

/** Replaces a value by one in brackets. */
export function replaceByFlow(place: Place, node: ParsedNode, value: unknown): Splice {
  const { text } = place;
  const style = findFlowStyle(place);
  const [start, end] = node.range;
  const rendered = renderFlow(value, style, indentation(text, start), lineBreak(text));
  return { start, end, text: rendered };
}

/** Replaces the value of an entry in brackets; the entry may have none. */
export function replaceFlowValue(place: Place, entry: Entry, value: unknown): Splice {
  if (entry.value !== null && !isBlank(entry.value)) {
    return replaceByFlow(place, entry.value, value);
  }
  const { text } = place;
  const style = findFlowStyle(place);
  const start = colonEnd(entry);
  const rendered = renderFlow(value, style, indentation(text, start), lineBreak(text));
  return { start, end: start, text: (text[start - 1] === ':' ? ' ' : ': ') + rendered };
}

/** Replaces an entry in brackets by another one. */
export function replaceFlowEntry(place: Place, entry: Entry, key: string, value: unknown): Splice {
  const { text } = place;
  const style = findFlowStyle(place);
  const start = entry.key.range[0];
  const rendered = renderFlowEntry(key, value, style, indentation(text, start), lineBreak(text));
  return { start, end: entryEnd(entry), text: rendered };
}

function insert(
  place: Place,
  collection: Collection,
  index: number,
  render: (indent: string) => string,
): Splice | undefined {
  const { text } = place;
  const { length } = collection.items;
  const neighbour = itemStart(collection, Math.min(index, length - 1));
  if (neighbour === undefined) return undefined;
  const indent = indentation(text, neighbour);
  const inline = findFlowStyle(place).spaced ? ' ' : '';
  const gap = startsLine(text, neighbour) ? lineBreak(text) + indent : inline;
  const rendered = render(indent);
  if (index < length) return { start: neighbour, end: neighbour, text: `${rendered},${gap}` };
  const end = lastEnd(collection);
  return end === undefined ? undefined : { start: end, end, text: `,${gap}${rendered}` };
}

function lastEnd(collection: Collection): number | undefined {
  if (!isMap(collection)) return collection.items.at(-1)?.range[1];
  const last = collection.items.at(-1);
  return last && entryEnd(last);
}
