import type { ErrorCode } from 'yaml';

/** Why a document could not be read, and where. The message never quotes the text: a manifest may hold a token. */
export interface DocumentProblem {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

/** What is wrong at an offset of a document. */
export interface Fault {
  readonly offset: number;
  readonly message: string;
}

/** Says what an error of the YAML parser means, in words of our own. */
export function explainYamlError(code: ErrorCode): string {
  return explanations[code] ?? 'this is no valid YAML';
}

/** Adds the way out where a text that could not be read looks like the source of a Helm chart. */
export function explainTemplate(message: string, text: string): string {
  return text.includes('{{')
    ? `this looks like an unrendered Helm template (${message}); render it first with \`helm template\``
    : message;
}

const explanations: Partial<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias can have no anchor or tag of its own',
  BAD_ALIAS: 'an alias or anchor has a name that is not allowed',
  BAD_COLLECTION_TYPE: 'a tag does not fit its value',
  BAD_DIRECTIVE: 'a line starting with % is no known directive',
  BAD_DQ_ESCAPE:
    'a double-quoted text has an unknown escape after a backslash; double the backslash or use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines around it, or a bracket is not closed',
  BAD_PROP_ORDER: 'an anchor or tag stands in the wrong place',
  BAD_SCALAR_START: 'a value starts with a character that has a meaning in YAML; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'there is a second key on one line; put a value with a colon in quotes',
  BLOCK_IN_FLOW: 'a list or map with dashes cannot stand inside brackets',
  DUPLICATE_KEY: 'a key stands twice in one map; remove one of the two',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a closing quote or bracket, a comma or a colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a key runs over several lines; a colon or a quote may be missing',
  MULTIPLE_ANCHORS: 'a value has more than one anchor',
  MULTIPLE_TAGS: 'a value has more than one tag',
  RESOURCE_EXHAUSTION: 'lists and maps are nested too deeply',
  TAB_AS_INDENT: 'a tab is used as indentation; use spaces',
  TAG_RESOLVE_FAILED: 'a value does not fit its tag',
  UNEXPECTED_TOKEN:
    'this is not expected here; check the quotes, brackets and indentation, and that documents are parted by a line ---',
};
