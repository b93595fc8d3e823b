import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { policyRules } from '../../../src/core/policy/policy-rules.ts';
import { definitionHashes, schemaRevision } from '../../../src/core/policy/schema-revision.ts';
import {
  isNewerDefinition,
  tokenPolicyDefinition,
} from '../../../src/core/registration/custom-resource-definition.ts';

const live = (annotations: object) => ({ metadata: { name: 'any', annotations } });

describe('the definition of TokenPolicy', () => {
  it('moves its revision with every change', () => {
    const { metadata, ...definition } = tokenPolicyDefinition();
    const { annotations: _, ...named } = metadata;
    const text = JSON.stringify({ ...definition, metadata: named });
    const hash = createHash('sha256').update(text).digest('hex');
    expect(
      definitionHashes.at(-1),
      `the definition changed: add '${hash}' below the hashes of src/core/policy/schema-revision.ts (in place of the last one if that was never released)`,
    ).toBe(hash);
    expect(new Set(definitionHashes).size).toBe(definitionHashes.length);
  });

  it('carries its revision', () => {
    expect(tokenPolicyDefinition().metadata.annotations).toEqual({
      'token-injector.dev/schema-revision': String(schemaRevision),
    });
  });

  it('has every rule of the parser and every form in words, once', () => {
    const text = JSON.stringify(tokenPolicyDefinition());
    for (const { cel, message } of policyRules) {
      expect(text).toContain(JSON.stringify(cel).slice(1, -1));
      expect(text).toContain(JSON.stringify(message).slice(1, -1));
    }
    const expected =
      policyRules.length + (text.match(/"rule":"[a-z.]*\.matches\('\^/g) ?? []).length;
    // Beside them only what keeps a null out of the two selectors' labels and of the template.
    expect(text.match(/"rule":/g)).toHaveLength(expected + 3);
    expect(text).not.toMatch(/patternMeaning|listMapKeys/);
  });
});

describe('isNewerDefinition', () => {
  it.each([
    ['is not there', undefined, true],
    ['has no annotations', { metadata: {} }, true],
    ['has no revision', live({ other: '1' }), true],
    ['has a revision that is no number', live({ 'token-injector.dev/schema-revision': 'x' }), true],
    ['is older', live({ 'token-injector.dev/schema-revision': '0' }), true],
    ['is the same', live({ 'token-injector.dev/schema-revision': String(schemaRevision) }), false],
    ['is newer', live({ 'token-injector.dev/schema-revision': String(schemaRevision + 1) }), false],
  ])('of a live one that %s', (_, definition, expected) => {
    expect(isNewerDefinition(definition)).toBe(expected);
  });
});
