/**
 * SHA-256 of every definition of TokenPolicy that was ever in use, the current one last; a test says the next line to
 * add. Their number is the revision, so that a definition cannot change while the number stays.
 */
export const definitionHashes: readonly string[] = [
  '05e2edefc2ed85e810b2b8f78bc0328f0783077de92e2b500393fa894aac801e',
];

/** The number by which a controller tells a definition from an older or newer one. */
export const schemaRevision = definitionHashes.length;
