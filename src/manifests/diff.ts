import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';

/** A part of a file on both sides of a change. */
export interface DocumentChange {
  /** Where the part begins in the file, from 1. */
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

/**
 * Shows what changed in a file as `git diff` does, without colours; empty where nothing did. Each part is compared by
 * itself: the time that a comparison takes grows with the square of its changes.
 */
export function unifiedDiff(name: string, changes: Iterable<DocumentChange>): string {
  let added = 0;
  const hunks = [...changes].flatMap(({ line, before, after }) => {
    const patch = structuredPatch('', '', before, after, undefined, undefined, { context: 3 });
    const moved = patch.hunks.map((hunk) => ({
      ...hunk,
      oldStart: hunk.oldStart + line - 1,
      newStart: hunk.newStart + line - 1 + added,
    }));
    for (const { oldLines, newLines } of patch.hunks) added += newLines - oldLines;
    return moved;
  });
  if (hunks.length === 0) return '';
  const names = { oldFileName: `a/${name}`, newFileName: `b/${name}` };
  return formatPatch({ ...names, oldHeader: '', newHeader: '', hunks }, FILE_HEADERS_ONLY);
}
