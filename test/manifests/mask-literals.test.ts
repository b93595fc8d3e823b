import { describe, expect, it } from 'vitest';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { maskLiterals } from '../../src/manifests/mask-literals.ts';
import { readCases } from '../case-folder.ts';

const { set } = readCases().find(({ name }) => name === 'env-absent')!;
const manifest = (value: string) => `kind: Deployment
apiVersion: apps/v1
spec:
  template:
    spec:
      initContainers: [{name: setup, env: [{name: aikido_api_token, value: ${value}}]}]
      containers:
        - name: agent
          env:
            - name: LEVEL # stays
              value: info
            - name: AIKIDO_API_TOKEN
              value: ${value} # why is this here?
`;

describe('maskLiterals', () => {
  it('hides what is written out under the variables of policies, and nothing else', () => {
    expect(maskLiterals(manifest('AIK_CANARY'), set)).toBe(manifest('"***"'));
  });

  it.each(['"AIK_CANARY"', "'AIK_CANARY'", '123456'])('hides %s', (value) => {
    expect(maskLiterals(manifest(value), set)).not.toContain(value.replaceAll(/['"]/g, ''));
  });

  it('hides it in every document, and leaves texts without any alone', () => {
    const both = `${manifest('AIK_CANARY')}---\n${manifest('AIK_CANARY')}`;
    expect(maskLiterals(both, set)).not.toContain('AIK_CANARY');
    for (const text of [manifest('""'), 'broken: [', 'kind: ConfigMap\napiVersion: v1\n', '']) {
      expect(maskLiterals(text, set)).toBe(text);
    }
    expect(maskLiterals(both, policySet([]))).toBe(both);
  });

  it('does not trip over odd shapes', () => {
    const text =
      'apiVersion: v1\nkind: Pod\nspec: {containers: [null, 7, {env: x}, {env: [null, {name: 1, value: 2}]}]}\n';
    expect(maskLiterals(text, set)).toBe(text);
  });
});
