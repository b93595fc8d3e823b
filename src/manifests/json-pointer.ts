/** Splits a JSON pointer (RFC 6901) into its keys. */
export function parsePointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer to what holds the place that a pointer names. */
export function parentPointer(pointer: string): string {
  return pointer.slice(0, Math.max(0, pointer.lastIndexOf('/')));
}

/** The pointers to everything that a pointer passes, from the root to its own place. */
export function pointersTo(pointer: string): string[] {
  const keys = pointer.split('/');
  return keys.map((_key, index) => keys.slice(0, index + 1).join('/'));
}
