/** One JSON patch operation (RFC 6902) that we author: `add` and `replace` are all we need. */
export interface Operation {
  readonly op: 'add' | 'replace';
  /** JSON pointer (RFC 6901), proven present in the object it was decided on. */
  readonly path: string;
  readonly value: unknown;
}
