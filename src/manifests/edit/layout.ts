import { type Document, type ToStringOptions, isMap, isSeq, visit } from 'yaml';

/** How a text is laid out, as far as it is kept where the text is printed anew. */
export interface Layout {
  readonly hasByteOrderMark: boolean;
  readonly lineBreak: '\n' | '\r\n';
  readonly endsWithLineBreak: boolean;
}

/** Finds the layout of a text. */
export function layoutOf(text: string): Layout {
  return {
    hasByteOrderMark: text.startsWith('\uFEFF'),
    lineBreak: text.includes('\r\n') ? '\r\n' : '\n',
    endsWithLineBreak: text.endsWith('\n'),
  };
}

/** Gives a printed text, whose lines end with \n, the layout of the text that it stands for. */
export function layOut(printed: string, layout: Layout): string {
  const body = layout.endsWithLineBreak ? printed : printed.replace(/\n$/, '');
  return (layout.hasByteOrderMark ? '\uFEFF' : '') + body.replaceAll('\n', layout.lineBreak);
}

/** The indentation of the JSON in a text, as JSON.stringify wants it; undefined where it stands on one line. */
export function jsonIndentOf(text: string): string | undefined {
  return /[{[]\r?\n([ \t]+)/.exec(text)?.[1];
}

/** How a document is printed: with the indentation that it has, and no line wrapped. */
export function printOptionsOf(document: Document.Parsed): ToStringOptions {
  let indent: number | undefined;
  let listStep: number | undefined;
  visit(document, {
    Pair(_key, { value }, path) {
      const holder = path.at(-1);
      const outer = columnOf(holder);
      const inner = columnOf(value);
      if (outer === undefined || inner === undefined) return undefined;
      if (isMap(value)) indent ??= inner - outer;
      if (isSeq(value)) listStep ??= inner - outer;
      return indent !== undefined && listStep !== undefined ? visit.BREAK : undefined;
    },
  });
  return {
    lineWidth: 0,
    indent: indent ?? (listStep || 2),
    indentSeq: listStep !== 0,
    flowCollectionPadding: false,
  };
}

/** The column of a map or list in block style; nothing for all else. */
function columnOf(node: unknown): number | undefined {
  const token = isMap(node) || isSeq(node) ? node.srcToken : undefined;
  return token?.type === 'block-map' || token?.type === 'block-seq' ? token.indent : undefined;
}
