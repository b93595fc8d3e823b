/** Says that a file or folder cannot be read, and why. */
export function unreadable(path: string, error: unknown): string {
  return `${path}: ${whyUnreadable(error)}`;
}

/** Says why something cannot be read, with the code of the error, such as `EACCES`. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return code === 'ENOENT' ? 'no such file or folder' : `cannot be read: ${code}`;
}
