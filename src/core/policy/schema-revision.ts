/**
 * SHA-256 of every definition of TokenPolicy that was ever in use, the current one last; a test says the next line to
 * add. Their number is the revision, so that a definition cannot change while the number stays.
 */
export const definitionHashes: readonly string[] = [
  'cbf0c3f3e72d0132b099d2231564faaf02e6434ad5e92f97d89a652d740b107e',
];

/** The number by which a controller tells a definition from an older or newer one. */
export const schemaRevision = definitionHashes.length;
