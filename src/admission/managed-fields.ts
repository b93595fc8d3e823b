const key = Buffer.from('"managedFields":[');
const quote = 0x22;
const backslash = 0x5c;
const openList = 0x5b;
const openObject = 0x7b;
const closeList = 0x5d;
const closeObject = 0x7d;

/**
 * Empties the first list of managedFields in the text of a review, in place, and gives back the text that is left.
 * Nothing reads them here, and parsing them costs more than parsing all the rest of a review. Whether they are JSON is
 * not looked at, whether what is left is so the parser says; text that is not as the API server writes it may stay as
 * it is.
 */
export function withoutManagedFields(text: Buffer): Buffer {
  const found = text.indexOf(key);
  // After a backslash it is the end of a longer key.
  if (found < 0 || text[found - 1] === backslash) return text;
  const start = found + key.length;
  const end = endOfList(text, start);
  if (end < 0) return text;
  text.copyWithin(start, end);
  return text.subarray(0, text.length - (end - start));
}

/** Where the bracket is that closes the list whose first item is at `start`; negative where there is none. */
function endOfList(text: Buffer, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    switch (text[at]) {
      case quote:
        at++;
        while (at < text.length && text[at] !== quote) at += text[at] === backslash ? 2 : 1;
        break;
      case openList:
      case openObject:
        depth++;
        break;
      case closeList:
      case closeObject:
        depth--;
        if (depth === 0) return at;
        break;
      default:
    }
  }
  return -1;
}
