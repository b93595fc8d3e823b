/**
 * SHA-256 of every definition of TokenPolicy that was ever in use, the current one last; a test says the next line to
 * add. Their number is the revision, so that a definition cannot change while the number stays.
 */
export const definitionHashes: readonly string[] = [
  'c3c16f2b3758715c68fa1214630ff1f6be3c66c7d72df794e02b6f42ab704c78',
];

/** The number by which a controller tells a definition from an older or newer one. */
export const schemaRevision = definitionHashes.length;
