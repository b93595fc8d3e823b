import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileSelector } from '../../../src/core/policy/label-selector.ts';
import { selectorMismatch } from '../../../src/core/policy/match.ts';
import { policySet } from '../../../src/core/policy/policy-set.ts';
import { webhookEntry } from '../../../src/core/registration/mutating-webhook.ts';
import { effectiveSelectors } from '../../../src/core/registration/selectors.ts';
import { validatingAdmissionPolicy } from '../../../src/core/registration/validating-admission-policy.ts';
import { ownNamespace, readPolicy } from '../../case-folder.ts';
import { arbitrarySituation } from '../injection/arbitrary-situation.ts';
import { spoilt } from '../policy/invalid-policies.ts';

const selectorsOf = (match: object) =>
  effectiveSelectors(
    readPolicy(spoilt(({ spec }) => Object.assign(spec, { match }))),
    ownNamespace,
  );
const nameNotIn = (...values: string[]) => ({
  key: 'kubernetes.io/metadata.name',
  operator: 'NotIn',
  values,
});

it.each([
  [false, [ownNamespace, 'kube-node-lease', 'kube-system']],
  [true, [ownNamespace]],
])('leaves out our own namespace, and the system namespaces unless wanted: %s', (wanted, names) => {
  expect(selectorsOf({ systemNamespaces: wanted })).toEqual({
    namespaceSelector: { matchExpressions: [nameNotIn(...names)] },
    objectSelector: {},
  });
});

it('leaves out what the installation excludes, in the entry and in what denies pods', () => {
  const policy = readPolicy(
    spoilt(({ spec }) => Object.assign(spec, { enforce: { missingToken: 'Deny' } })),
    ['legacy', 'kube-system'],
  );
  const excluded = nameNotIn(ownNamespace, 'legacy', 'kube-system', 'kube-node-lease');
  const registration = { address: { url: 'https://127.0.0.1:1' }, ownNamespace, timeoutSeconds: 1 };
  const { namespaceSelector } = webhookEntry(policy, registration);
  expect(namespaceSelector.matchExpressions).toContainEqual(excluded);
  const [denying] = validatingAdmissionPolicy(policy, policySet([policy]), ownNamespace);
  expect(denying).toMatchObject({ spec: { matchConstraints: { namespaceSelector } } });
});

it('writes nothing that is empty, which the API server would drop', () => {
  const podSelector = { matchLabels: { app: 'agent' }, matchExpressions: [] };
  const namespaceSelector = {
    matchLabels: {},
    matchExpressions: [{ key: 'a', operator: 'Exists' }],
  };
  const { objectSelector, namespaceSelector: ofNamespaces } = selectorsOf({
    podSelector,
    namespaceSelector,
  });
  expect(objectSelector).toEqual({ matchLabels: { app: 'agent' } });
  expect(Object.keys(ofNamespaces)).toEqual(['matchExpressions']);
  expect(ofNamespaces.matchExpressions).toHaveLength(2);
});

it('selects the pods that the core selects', () => {
  fc.assert(
    fc.property(arbitrarySituation, ({ policies: [policy], pod, facts }) => {
      const labels = (pod as { metadata?: { labels?: Record<string, string> } }).metadata?.labels;
      fc.pre(labels !== undefined);
      const { namespaceSelector, objectSelector } = effectiveSelectors(policy!, ownNamespace);
      const ofNamespace = {
        ...facts.namespaceLabels,
        'kubernetes.io/metadata.name': facts.namespace,
      };
      const isSelected =
        compileSelector(namespaceSelector)(ofNamespace) && compileSelector(objectSelector)(labels);
      expect(isSelected).toBe(
        selectorMismatch(policy!, labels, { ...facts, namespaceLabels: ofNamespace }) === undefined,
      );
    }),
  );
});
