/** Says that a file or folder cannot be read, with the code of the error, such as `ENOENT`. */
export function unreadable(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return `${path}: cannot be read: ${code}`;
}
