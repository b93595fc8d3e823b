/** Says on standard error how many documents were skipped, and of which kinds. */
export function tellSkipped(kinds: readonly string[], of: string): void {
  if (kinds.length === 0) return;
  const counts = Map.groupBy(kinds, (kind) => kind);
  const shown = [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, { length }]) => (length === 1 ? kind : `${kind} (${length})`));
  const number = kinds.length === 1 ? '1 document' : `${kinds.length} documents`;
  process.stderr.write(`${number} skipped ${of}: ${shown.join(', ')}\n`);
}
