import { describe, expect, it } from 'vitest';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { maskLiterals } from '../../src/manifests/edit/mask-literals.ts';
import { readDocuments } from '../../src/manifests/read/documents.ts';
import { edited } from './edited.ts';
import { readCases } from '../case-folder.ts';

const { set } = readCases().find(({ name }) => name === 'env-absent')!;
const manifest = (value: string) => `kind: Deployment
apiVersion: apps/v1
spec:
  template:
    spec:
      initContainers: [{name: setup, env: [{name: aikido_token, value: ${value}}]}]
      containers:
        - name: agent
          env:
            - name: LEVEL # stays
              value: info
            - name: AIKIDO_TOKEN
              value: ${value} # why is this here?
`;

const masked = (text: string, policies = set) =>
  edited(text, ...maskLiterals(readDocuments(text).documents[0]!.object, policies));

describe('maskLiterals', () => {
  it('hides what is written out under the variables of policies, and nothing else', () => {
    expect(masked(manifest('AIK_CANARY'))).toBe(edited(manifest('"***"')));
  });

  it.each(['"AIK_CANARY"', "'AIK_CANARY'", '123456'])('hides %s', (value) => {
    expect(masked(manifest(value))).not.toContain(value.replaceAll(/['"]/g, ''));
  });

  it('leaves an object without any alone', () => {
    for (const text of [manifest('""'), 'kind: ConfigMap\napiVersion: v1\n'])
      expect(masked(text)).toBe(edited(text));
    expect(masked(manifest('x'), policySet([]))).toBe(edited(manifest('x')));
  });

  it('does not trip over odd shapes', () => {
    const text =
      'apiVersion: v1\nkind: Pod\nspec: {containers: [null, 7, {env: x}, {env: [null, {name: 1, value: 2}]}]}\n';
    expect(masked(text)).toBe(text);
  });
});
