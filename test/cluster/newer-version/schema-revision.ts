import {
  definitionHashes,
  schemaRevision as ofToday,
} from '../../../src/core/policy/schema-revision.ts';

export { definitionHashes };

/** The revision after that of today. */
export const schemaRevision = ofToday + 1;
