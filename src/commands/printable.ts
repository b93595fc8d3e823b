/** A line without what could control a terminal: names and messages are of others. */
export function printable(line: string): string {
  return line.replaceAll(/\p{Cc}+/gu, ' ');
}
