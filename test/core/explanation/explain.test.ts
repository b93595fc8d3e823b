import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explain, judge } from '../../../src/core/explanation/explain.ts';
import type { JudgingFacts } from '../../../src/core/explanation/judge-policy.ts';
import { readPolicyObject } from '../../../src/core/explanation/policy-object.ts';
import { describeSubject } from '../../../src/core/explanation/subject.ts';
import { decideInjection } from '../../../src/core/injection/decide-injection.ts';
import type { Json } from '../../../src/core/json.ts';
import { readPod } from '../../../src/core/injection/pod.ts';
import type { Policy } from '../../../src/core/policy/compile-policy.ts';
import { applyOperations } from '../../../src/manifests/edit/apply-operations.ts';
import { ownNamespace, readCases, readPolicy } from '../../case-folder.ts';
import { deepFreeze } from '../../deep-freeze.ts';
import { arbitraryPod } from '../arbitrary-pod.ts';
import { arbitraryPolicy } from '../arbitrary-policy.ts';

const policyObject = ({ name, spec, excludedNamespaces }: Policy) =>
  readPolicyObject({
    apiVersion: 'token-injector.dev/v1alpha1',
    kind: 'TokenPolicy',
    metadata: { name, creationTimestamp: '2026-03-02T08:00:00Z', managedFields: [] },
    spec,
    status: { conditions: 'of any form', excludedNamespaces },
  });
const facts: JudgingFacts = { ownNamespace, apply: applyOperations };
const explained = (...given: Parameters<typeof judge>) => explain(judge(...given), new Map());

/** The pod as an object of a namespace, or as the template of a Deployment. */
function subjectOf(pod: unknown, namespace: string, isPod: boolean) {
  const { metadata, ...rest } = pod as { metadata?: object };
  const object = isPod
    ? { ...rest, apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, namespace } }
    : { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'agent', namespace } };
  return describeSubject(object, (isPod ? object : pod) as Json);
}

// There is nothing to explain of what is no pod, and of a container that is about to be added.
const cases = readCases().filter(({ facts: { ephemeral }, pod }) => !ephemeral && readPod(pod));

describe.each(cases)(
  'case $name: $title',
  ({ set, pod, namespace, namespaceLabels, facts: of }) => {
    it.each([true, false])('is explained as the webhook decides it (a pod: %s)', (isPod) => {
      let object: unknown = pod;
      const decided = set.policies.map((policy) => {
        const decision = decideInjection(policy, object, of);
        if (decision.changed) object = applyOperations(object, decision.operations);
        return { policy: policy.name, outcomes: decision.outcomes.map(({ reason }) => reason) };
      });
      const objects = set.policies.map(policyObject);
      const { policies } = explained(objects, subjectOf(pod, namespace, isPod), {
        ...facts,
        namespaceLabels,
      });
      expect(
        policies.map(({ policy, outcomes }) => ({
          policy,
          outcomes: outcomes.map(({ reason }) => reason),
        })),
      ).toEqual(decided);
    });
  },
);

describe('laws of explaining, for any policy and pod', () => {
  const situations = arbitraryPolicy
    .map((object) => readPolicy(object))
    .chain((policy) => fc.tuple(fc.constant(policy), arbitraryPod(policy), fc.boolean()));

  it('is total and leaves its input alone', () => {
    fc.assert(
      fc.property(situations, ([policy, pod, isPod]) => {
        const subject = deepFreeze(subjectOf(pod, 'agents', isPod));
        const { policies } = explained([deepFreeze(policyObject(policy))], subject, facts);
        expect(policies).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });

  it('calls a pod one that holds all once what it lacks was given to it', () => {
    fc.assert(
      fc.property(situations, ([policy, pod]) => {
        const verdict = (object: unknown) =>
          explained([policyObject(policy)], subjectOf(object, 'agents', true), facts).policies[0]!
            .verdict;
        if (verdict(pod) !== 'lacks') return;
        const { operations } = decideInjection(policy, pod, {
          namespace: 'agents',
          ownNamespace,
          set: { policies: [], byName: new Map(), references: new Set() },
        }) as { operations: Parameters<typeof applyOperations>[1] };
        expect(['holds', 'keeps']).toContain(verdict(applyOperations(pod, operations)));
      }),
      { numRuns: 300 },
    );
  });

  it('says of each selector that fails which requirement does, and of no other', () => {
    fc.assert(
      fc.property(
        situations,
        fc.dictionary(fc.constantFrom('team', 'env', 'app'), fc.constantFrom('a', 'b')),
        ([policy, pod, isPod], namespaceLabels) => {
          const subject = subjectOf(pod, 'agents', isPod);
          const { policies } = explained([policyObject(policy)], subject, {
            ...facts,
            namespaceLabels,
          });
          const failing = new Set(policies[0]!.unmet.map(({ selector }) => selector));
          expect(failing.has('podSelector')).toBe(!policy.selectsPod(readPod(pod)?.labels ?? {}));
          const labels = { ...namespaceLabels, 'kubernetes.io/metadata.name': 'agents' };
          const { namespaces } = policy.spec.match;
          const isNamed = namespaces.length === 0 || namespaces.includes('agents');
          expect(failing.has('namespaces')).toBe(!isNamed);
          expect(failing.has('namespaceSelector')).toBe(!policy.selectsNamespace(labels));
        },
      ),
      { numRuns: 300 },
    );
  });
});
