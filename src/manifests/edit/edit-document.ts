import { Document, parseDocument, visit } from 'yaml';
import type { Operation } from '../../core/injection/operation.ts';
import { readDocument } from '../read/documents.ts';
import { kubernetesYaml } from '../read/yaml-dialect.ts';
import { applyOperations, isSameJson } from './apply-operations.ts';
import { type Sharing, applyToNodes } from './apply-to-nodes.ts';
import { jsonIndentOf, layOut, layoutOf, printOptionsOf } from './layout.ts';

/** One document of a manifest to edit. */
export interface EditableDocument {
  /** With its marker and the comments around it. */
  readonly text: string;
  /** What the text says, plain JSON. */
  readonly object: unknown;
}

/**
 * Prints a document with operations done. Comments, quotes, anchors and the order of keys stay; indentation and spaces
 * become even, so compare with what is printed for no operations. Throws where an operation does not apply.
 */
export function editDocument(
  { text, object }: EditableDocument,
  operations: readonly Operation[],
): string {
  const expected = applyOperations(object, operations);
  const printed = isJson(text)
    ? `${JSON.stringify(expected, undefined, jsonIndentOf(text))}\n`
    : printYaml(text, operations, expected);
  return layOut(printed, layoutOf(text));
}

function printYaml(text: string, operations: readonly Operation[], expected: unknown): string {
  for (const sharing of ['shared', 'parted'] as const) {
    const printed = printNodes(text, operations, sharing);
    // Whatever nodes or printer got wrong, from an anchor to a key, shows in what the text then says.
    const read = printed === undefined ? undefined : readDocument(printed);
    if (printed !== undefined && read && !read.fault && isSameJson(read.object, expected))
      return printed;
  }
  return printPlain(text, expected);
}

function printNodes(
  text: string,
  operations: readonly Operation[],
  sharing: Sharing,
): string | undefined {
  const document = parseDocument(text, kubernetesYaml);
  const options = printOptionsOf(document);
  try {
    const applied = operations.every((operation) => applyToNodes(document, operation, sharing));
    return applied ? document.toString(options) : undefined;
  } catch {
    // An alias lost its anchor, or came to stand before it.
    return undefined;
  }
}

// The last resort: only the comments above and below the content stay.
function printPlain(text: string, value: unknown): string {
  const { commentBefore, comment, directives } = parseDocument(text, kubernetesYaml);
  const document = new Document(value, {
    ...kubernetesYaml,
    merge: false,
    aliasDuplicateObjects: false,
  });
  // Unquoted, a reader would merge what such a key holds.
  visit(document, {
    Scalar(_key, scalar) {
      if (scalar.value === '<<') scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return Object.assign(document, { commentBefore, comment, directives }).toString({ lineWidth: 0 });
}

function isJson(text: string): boolean {
  if (!/^\uFEFF?\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}
