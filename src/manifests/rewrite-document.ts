import { type Document, isCollection, parseDocument } from 'yaml';
import type { Operation } from '../core/injection/operation.ts';
import { isSameJson } from './apply-operations.ts';
import { applyToNodes } from './apply-to-nodes.ts';
import { type BlockStyle, findBlockStyle, renderBlock } from './block-rendering.ts';
import { readDocument } from './documents.ts';
import type { Source } from './edit-place.ts';
import { lineBreak } from './source-lines.ts';
import { kubernetesYaml } from './yaml-dialect.ts';

/**
 * Writes a document anew with its operations done, for what a change of its text cannot do (aliases, merge keys, rare
 * forms of YAML). Comments stay, the layout may not.
 */
export function rewriteDocument(
  source: Source,
  operations: readonly Operation[],
  expected: unknown,
): string {
  if (source.isJson) return writeJson(source.text, expected);
  const document = parseDocument(source.text, kubernetesYaml);
  if (operations.every((operation) => applyToNodes(document, operation))) {
    const text = writeYaml(source, document);
    const read = text === undefined ? undefined : readDocument(text);
    if (text !== undefined && read && !read.fault && isSameJson(read.object, expected)) return text;
  }
  return writePlain(source, expected);
}

function writeYaml({ text, yaml }: Source, document: Document.Parsed): string | undefined {
  const { map, list } = styleOf(yaml);
  const options = { lineWidth: 0, indent: map, indentSeq: list > 0, flowCollectionPadding: false };
  try {
    return fitEnds(text, document.toString(options));
  } catch {
    // An alias came to stand before its anchor.
    return undefined;
  }
}

// The last resort: only the comments above and below the content stay.
function writePlain({ text, yaml }: Source, value: unknown): string {
  const head = text.slice(0, yaml.contents?.range[0] ?? 0).replace('\uFEFF', '');
  const end = /\n(\.\.\.[^\n]*)\n?$/.exec(text)?.[1];
  const parts = [head.trimEnd(), renderBlock(value, styleOf(yaml)).join('\n'), end?.trim()];
  return fitEnds(text, `${parts.filter(Boolean).join('\n')}\n`);
}

function styleOf({ contents }: Document.Parsed): BlockStyle {
  return isCollection(contents) ? findBlockStyle([contents]) : { map: 2, list: 2, item: 2 };
}

function writeJson(text: string, value: unknown): string {
  const step = /[{[]\r?\n([ \t]+)/.exec(text)?.[1];
  return fitEnds(text, `${JSON.stringify(value, undefined, step)}\n`);
}

function fitEnds(text: string, written: string): string {
  const start = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const body = text.endsWith('\n') ? written : written.replace(/\n$/, '');
  return start + body.replaceAll('\n', lineBreak(text));
}
