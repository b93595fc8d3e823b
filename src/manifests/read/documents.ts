import { type Document, LineCounter, parseDocument } from 'yaml';
import { splitDocuments } from './document-chunks.ts';
import {
  type DocumentProblem,
  type Fault,
  explainTemplate,
  explainYamlError,
} from './document-problem.ts';
import { OversizeError, copyPlain, findUnplain } from './plain-json.ts';
import { kubernetesYaml } from './yaml-dialect.ts';

/** One document of a manifest file. */
export interface ManifestDocument {
  /** Plain JSON: aliases and merge keys are resolved, nothing in it is shared. */
  readonly object: unknown;
  /** The line of the text, from 1, where the content begins. */
  readonly line: number;
  /** Where the document stands in the text, its marker and comments included. */
  readonly start: number;
  readonly end: number;
  /** The document as parsed; its offsets count from `start`. */
  readonly yaml: Document.Parsed;
}

/** The documents of a text, and what is wrong with those that could not be read. */
export interface ManifestDocuments {
  readonly documents: readonly ManifestDocument[];
  readonly problems: readonly DocumentProblem[];
}

const notUtf8 = { line: 1, column: 1, message: 'the text is not UTF-8: save it as UTF-8' };

/** Reads YAML or JSON of one or several documents; a broken one is a problem and the others still come, empty ones are passed over. */
export function readDocuments(text: string): ManifestDocuments {
  // As PowerShell's redirection writes it; read as UTF-8 it would seem to hold nothing.
  if (text.includes('\0')) return { documents: [], problems: [notUtf8] };
  const documents: ManifestDocument[] = [];
  const problems: DocumentProblem[] = [];
  const lines = countLines(text);
  for (const { start, end } of splitDocuments(text)) {
    const read = readDocument(text.slice(start, end));
    if (read.fault) {
      const { line, col } = lines.linePos(start + read.fault.offset);
      problems.push({ line, column: col, message: read.fault.message });
    } else if (read.object !== null) {
      const { line } = lines.linePos(start + (read.yaml.contents?.range[0] ?? 0));
      documents.push({ object: read.object, line, start, end, yaml: read.yaml });
    }
  }
  return { documents, problems };
}

type ReadDocument =
  | { readonly yaml: Document.Parsed; readonly object: unknown; readonly fault?: never }
  | { readonly fault: Fault };

/** Reads the text of a single document; an empty one is null. */
export function readDocument(text: string): ReadDocument {
  const yaml = parseDocument(text, kubernetesYaml);
  const [error] = yaml.errors;
  // What is missing at the end is told where the content ends, not in the document that follows.
  const fault = error
    ? {
        offset: Math.min(error.pos[0], text.trimEnd().length),
        message: explainYamlError(error.code),
      }
    : findUnplain(yaml);
  if (fault) return { fault: { ...fault, message: explainTemplate(fault.message, text) } };
  try {
    return { yaml, object: copyPlain(yaml.toJS({ maxAliasCount: -1 }), text.length) };
  } catch (cause) {
    const message =
      cause instanceof OversizeError
        ? 'the document is too deep, or its aliases make it too large'
        : 'a merge key (<<) refers to something that is no map';
    return { fault: { offset: yaml.contents?.range[0] ?? 0, message } };
  }
}

function countLines(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    lines.addNewLine(at + 1);
  }
  return lines;
}
