/** The part of a text that holds one document, markers and comments around it included. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a text at its document markers. No YAML construct may hold a marker at the start of a line, so a document that is
 * broken (an open quote, say) takes none of its neighbours with it.
 */
export function splitDocuments(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  let start = 0;
  for (const marker of text.matchAll(markers)) {
    const end = marker[0].startsWith('.') ? marker.index + marker[0].length : marker.index;
    // Comments and directives before a marker belong to the document that it opens.
    if (!marker[0].startsWith('.') && isPreamble(text.slice(start, end))) continue;
    if (end > start) chunks.push({ start, end });
    start = end;
  }
  if (text.length > start) chunks.push({ start, end: text.length });
  return chunks;
}

const markers = /^(?:\uFEFF?---(?=[ \t\r\n]|$(?![^]))|\.\.\.(?:[ \t][^\n]*|\r)?(?:\n|$(?![^])))/gm;

function isPreamble(text: string): boolean {
  return text.split('\n').every((line) => /^\uFEFF?\s*(?:[#%].*)?$/.test(line));
}
