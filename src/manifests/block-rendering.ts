import { isCollection, isMap, isPair, isSeq, stringify, visit } from 'yaml';
import { kubernetesYaml } from './yaml-dialect.ts';
import { type Collection, blockColumn } from './yaml-nodes.ts';

/** How far things are indented in block style, in columns from what holds them. */
export interface BlockStyle {
  /** A map in a map. */
  readonly map: number;
  /** The dash of a list in a map. */
  readonly list: number;
  /** What stands behind a dash. */
  readonly item: number;
}

/** Finds the style of a place: that of its surroundings, nearest first, else that of the whole document. */
export function findBlockStyle(holders: readonly [Collection, ...Collection[]]): BlockStyle {
  const near = holders.toReversed();
  const step = (
    isOuter: (node: unknown) => boolean,
    isInner: (node: unknown) => boolean,
    usual: number,
  ): number => {
    for (const outer of near) {
      const found = isOuter(outer) ? innerStep(outer, isInner) : undefined;
      if (found !== undefined) return found;
    }
    let far: number | undefined;
    visit(holders[0], {
      Collection(_key, outer) {
        far = isOuter(outer) ? innerStep(outer, isInner) : undefined;
        return far === undefined ? undefined : visit.BREAK;
      },
    });
    return far ?? usual;
  };
  const list = step(isMap, isSeq, 2);
  return { map: step(isMap, isMap, list || 2), list, item: step(isSeq, isMap, 2) };
}

function innerStep(outer: unknown, isInner: (node: unknown) => boolean): number | undefined {
  const column = blockColumn(outer);
  if (column === undefined || !isCollection(outer)) return undefined;
  for (const item of outer.items) {
    const inner: unknown = isPair(item) ? item.value : item;
    const innerColumn = isInner(inner) ? blockColumn(inner) : undefined;
    if (innerColumn !== undefined) return innerColumn - column;
  }
  return undefined;
}

/** Writes a value in block style, as lines that begin at column 0. */
export function renderBlock(value: unknown, style: BlockStyle): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item) => renderItem(item, style));
  }
  if (typeof value !== 'object' || value === null) return [renderScalar(value)];
  const entries = Object.entries(value);
  if (entries.length === 0) return [Array.isArray(value) ? '[]' : '{}'];
  return entries.flatMap(([key, item]) => renderEntry(key, item, style));
}

/** Writes an entry of a map in block style. */
export function renderEntry(key: string, value: unknown, style: BlockStyle): string[] {
  const name = `${renderScalar(key)}:`;
  const lines = renderBlock(value, style);
  if (!isFilled(value)) return [`${name} ${lines.join('')}`];
  return [name, ...indentLines(lines, Array.isArray(value) ? style.list : style.map)];
}

/** Writes an item of a list in block style. */
export function renderItem(value: unknown, style: BlockStyle): string[] {
  const [first = '', ...others] = renderBlock(value, style);
  return ['-'.padEnd(style.item) + first, ...indentLines(others, style.item)];
}

/** Indents lines by a number of columns. */
export function indentLines(lines: readonly string[], columns: number): string[] {
  return lines.map((line) => ' '.repeat(columns) + line);
}

/** Writes text, a number, a boolean or null on one line, in quotes where a reader would take it for something else. */
export function renderScalar(value: unknown): string {
  // Line breaks and invisible characters are escaped, so that a value never takes a second line.
  if (typeof value === 'string' && invisible.test(value)) {
    return JSON.stringify(value).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escapeCharacter);
  }
  // Plain, it would merge what it holds.
  if (value === '<<') return '"<<"';
  return stringify(value, { ...kubernetesYaml, blockQuote: false, lineWidth: 0 }).trimEnd();
}

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

function escapeCharacter(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}

/** Whether a value is a list or map with something in it. */
export function isFilled(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
