/** Writes a string as a CEL literal. */
export function celString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Writes strings as a CEL list. */
export function celList(texts: readonly string[]): string {
  return `[${texts.map(celString).join(', ')}]`;
}
