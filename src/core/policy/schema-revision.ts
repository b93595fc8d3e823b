/**
 * SHA-256 of every definition of TokenPolicy that was ever in use, the current one last; a test says the next line to
 * add. Their number is the revision, so that a definition cannot change while the number stays.
 */
export const definitionHashes: readonly string[] = [
  '1266abbfe0f00c17be75bb9554625d7196184e32406357424ec140249a4afd29',
];

/** The number by which a controller tells a definition from an older or newer one. */
export const schemaRevision = definitionHashes.length;
