import { FILE_HEADERS_ONLY, createTwoFilesPatch } from 'diff';

/** Shows what changed in a file as `git diff` does, without colours; empty where nothing did. */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return '';
  return createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
