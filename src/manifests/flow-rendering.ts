import { isMap, isScalar, isSeq } from 'yaml';
import { renderScalar } from './block-rendering.ts';
import type { Place } from './edit-place.ts';
import { indentation, startsLine } from './source-lines.ts';
import { type Collection, colonEnd, isFlow } from './yaml-nodes.ts';

/** How lists and maps in brackets are written. */
export interface FlowStyle {
  /** Everything in quotes, as JSON wants it. */
  readonly json: boolean;
  /** A space behind commas and colons. */
  readonly spaced: boolean;
  /** Spaces inside the braces of a map. */
  readonly padded: boolean;
  /** One step of indentation where each item has its own line; only JSON is written like that. */
  readonly step?: string;
}

/** Finds the style of a place: that of the innermost collection in brackets that is not empty. */
export function findFlowStyle({ text, isJson, holders }: Place): FlowStyle {
  const model = holders.findLast((holder) => isFlow(holder) && holder.items.length > 0);
  if (!model) return { json: isJson, spaced: true, padded: false };
  const json = isJson || isQuoted(model);
  const colons = [model, ...holders].map((holder) => colonOf(holder));
  const colon = colons.find((offset) => offset !== undefined);
  const map = isMap(model) ? model : model.items.find((item) => isMap(item));
  const style = {
    json,
    spaced: !json || colon === undefined || /\s/.test(text[colon] ?? ''),
    padded: map !== undefined && text[map.range[0] + 1] === ' ',
  };
  const first = itemStart(model, 0);
  if (!json || first === undefined || !startsLine(text, first)) return style;
  const outer = indentation(text, model.range[0]);
  const inner = indentation(text, first);
  const step = inner.startsWith(outer) ? inner.slice(outer.length) : '';
  return { ...style, step: step || '  ' };
}

/** Where an item of a list or an entry of a map in brackets begins. */
export function itemStart(collection: Collection, index: number): number | undefined {
  return isMap(collection)
    ? collection.items[index]?.key.range[0]
    : collection.items[index]?.range[0];
}

function isQuoted(collection: Collection): boolean {
  const first = isMap(collection) ? collection.items[0]?.key : collection.items[0];
  if (isMap(first) || isSeq(first)) return isQuoted(first);
  return isScalar(first) && first.type === 'QUOTE_DOUBLE';
}

function colonOf(collection: Collection): number | undefined {
  const [first] = isMap(collection)
    ? collection.items
    : collection.items.flatMap((item) => (isMap(item) ? item.items : []));
  return first && colonEnd(first);
}

/** Writes a value in brackets; `indent` is that of the line where it stands. */
export function renderFlow(value: unknown, style: FlowStyle, indent: string, eol: string): string {
  if (style.step !== undefined) {
    return JSON.stringify(value, undefined, style.step).replaceAll('\n', eol + indent);
  }
  return renderInline(value, style);
}

/** Writes an entry of a map in brackets. */
export function renderFlowEntry(
  key: string,
  value: unknown,
  style: FlowStyle,
  indent: string,
  eol: string,
): string {
  return `${renderInline(key, style)}:${style.spaced ? ' ' : ''}${renderFlow(value, style, indent, eol)}`;
}

function renderInline(value: unknown, style: FlowStyle): string {
  const space = style.spaced ? ' ' : '';
  if (Array.isArray(value)) {
    return `[${value.map((item) => renderInline(item, style)).join(`,${space}`)}]`;
  }
  if (typeof value !== 'object' || value === null) {
    if (style.json) return JSON.stringify(value);
    const text = renderScalar(value);
    // What brackets and commas mean only inside brackets is quoted only here.
    return text === value && /[,[\]{}]/.test(text) ? JSON.stringify(value) : text;
  }
  const entries = Object.entries(value).map(
    ([key, item]) => `${renderInline(key, style)}:${space}${renderInline(item, style)}`,
  );
  if (entries.length === 0) return '{}';
  const padding = style.padded ? ' ' : '';
  return `{${padding}${entries.join(`,${space}`)}${padding}}`;
}
