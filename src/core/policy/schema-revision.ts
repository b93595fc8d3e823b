/**
 * SHA-256 of every definition of TokenPolicy that was ever in use, the current one last; a test says the next line to
 * add. Their number is the revision, so that a definition cannot change while the number stays.
 */
export const definitionHashes: readonly string[] = [
  '3da32fa09c211e92a83470d70570abbc0d2d805fff97af14907a9b30fac19e91',
];

/** The number by which a controller tells a definition from an older or newer one. */
export const schemaRevision = definitionHashes.length;
