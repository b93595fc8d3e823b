import type { YAMLMap, YAMLSeq } from 'yaml';
import {
  findBlockStyle,
  indentLines,
  isFilled,
  renderBlock,
  renderEntry,
  renderItem,
} from './block-rendering.ts';
import type { Place } from './edit-place.ts';
import {
  type Splice,
  lineBreak,
  lineEnd,
  lineStart,
  nextLine,
  startsLine,
} from './source-lines.ts';
import {
  type Entry,
  blockColumn,
  colonEnd,
  dashEnd,
  entryEnd,
  isBlank,
  itemEnd,
} from './yaml-nodes.ts';

/** Adds an entry at the end of a map in block style. */
export function addBlockEntry(
  place: Place,
  map: YAMLMap.Parsed,
  key: string,
  value: unknown,
): Splice | undefined {
  const column = blockColumn(map);
  const last = map.items.at(-1);
  if (column === undefined || !last) return undefined;
  const lines = renderEntry(key, value, findBlockStyle(place.holders));
  return insertAfter(place.text, entryEnd(last), column, lines);
}

/** Adds an item to a list in block style. */
export function addBlockItem(
  place: Place,
  list: YAMLSeq.Parsed,
  index: number,
  value: unknown,
): Splice | undefined {
  const column = blockColumn(list);
  if (column === undefined) return undefined;
  const lines = renderItem(value, findBlockStyle(place.holders));
  const end = index === list.items.length ? itemEnd(list, index - 1) : undefined;
  if (end !== undefined) return insertAfter(place.text, end, column, lines);
  const dash = dashEnd(list, index);
  return dash === undefined ? undefined : insertBefore(place.text, dash - 1, column, lines);
}

/** Replaces the value of an entry in block style; the comment on its line stays there. */
export function replaceBlockValue(
  place: Place,
  map: YAMLMap.Parsed,
  entry: Entry,
  value: unknown,
): Splice | undefined {
  const column = blockColumn(map);
  if (column === undefined) return undefined;
  const { text } = place;
  const { value: old } = entry;
  const style = findBlockStyle(place.holders);
  const from = colonEnd(entry);
  const end = entryEnd(entry);
  if (!isFilled(value))
    return replaceLines(text, from, end, [` ${renderBlock(value, style).join('')}`]);
  const isBelow = old !== null && !isBlank(old) && lineStart(text, old.range[0]) > from;
  const lines = renderBlock(value, style);
  const indent = column + (Array.isArray(value) ? style.list : style.map);
  const start = isBelow ? lineEnd(text, from) : from;
  return replaceLines(text, start, end, ['', ...indentLines(lines, indent)]);
}

/** Replaces an entry in block style by another one. */
export function replaceBlockEntry(
  place: Place,
  map: YAMLMap.Parsed,
  entry: Entry,
  key: string,
  value: unknown,
): Splice | undefined {
  const column = blockColumn(map);
  if (column === undefined) return undefined;
  const [first = '', ...others] = renderEntry(key, value, findBlockStyle(place.holders));
  const lines = [first, ...indentLines(others, column)];
  return replaceLines(place.text, entry.key.range[0], entryEnd(entry), lines);
}

/** Replaces an item of a list in block style. */
export function replaceBlockItem(
  place: Place,
  list: YAMLSeq.Parsed,
  index: number,
  value: unknown,
): Splice | undefined {
  const item = list.items[index];
  const dash = dashEnd(list, index);
  const end = itemEnd(list, index);
  if (item === undefined || dash === undefined || end === undefined) return undefined;
  const style = findBlockStyle(place.holders);
  const { text } = place;
  const column = blockColumn(item) ?? dash - 1 - lineStart(text, dash) + style.item;
  const [first = '', ...others] = renderBlock(value, style);
  const start = isBlank(item) ? dash : item.range[0];
  const lines = [isBlank(item) ? ` ${first}` : first, ...indentLines(others, column)];
  return replaceLines(text, start, end, lines);
}

// Where one line becomes several, the comment that stood behind it stays on the first.
function replaceLines(text: string, start: number, end: number, lines: readonly string[]): Splice {
  const eol = lineBreak(text);
  const [first = '', ...others] = lines;
  const wasOneLine =
    lineEnd(text, start) === lineEnd(text, end) && !text.slice(start, end).includes('\n');
  // A block scalar ends behind its last line break, which stays.
  const last =
    text[end - 1] === '\n' && end > start ? lineEnd(text, lineStart(text, end - 1)) : end;
  if (others.length === 0 || !wasOneLine) return { start, end: last, text: lines.join(eol) };
  const tailEnd = lineEnd(text, end);
  const tail = text.slice(end, tailEnd);
  return { start, end: tailEnd, text: [first + tail, ...others].join(eol) };
}

function insertAfter(text: string, end: number, column: number, lines: readonly string[]): Splice {
  const eol = lineBreak(text);
  const at = skipInnerComments(text, nextLine(text, end), column);
  const block = indentLines(lines, column).join(eol);
  const isOpen = at > 0 && text[at - 1] !== '\n';
  return { start: at, end: at, text: isOpen ? eol + block : block + eol };
}

// Comments that are indented deeper belong to what stands above them, as does an item that was commented out.
function skipInnerComments(text: string, offset: number, column: number): number {
  let end = offset;
  for (let at = offset; at < text.length; at = nextLine(text, at + 1)) {
    const line = text.slice(at, lineEnd(text, at));
    const depth = line.search(/\S/);
    if (depth === -1) continue;
    const isInner = depth > column || (depth === column && /^#\s*-\s/.test(line.slice(depth)));
    if (line[depth] !== '#' || !isInner) break;
    end = nextLine(text, at + 1);
  }
  return end;
}

function insertBefore(
  text: string,
  dash: number,
  column: number,
  lines: readonly string[],
): Splice {
  const eol = lineBreak(text);
  let at = dash;
  // Comments right above an item belong to it.
  while (startsLine(text, at) && lineStart(text, at) > 0) {
    const above = lineStart(text, lineStart(text, at) - 1);
    const line = text.slice(above, lineEnd(text, above));
    if (line.search(/\S/) !== column || line[column] !== '#') break;
    at = above + column;
  }
  const [first = '', ...others] = lines;
  const block = [first, ...indentLines(others, column)].join(eol);
  return { start: at, end: at, text: block + eol + ' '.repeat(column) };
}
