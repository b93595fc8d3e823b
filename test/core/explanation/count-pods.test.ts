import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countPods } from '../../../src/core/explanation/count-pods.ts';
import { explain, judge } from '../../../src/core/explanation/explain.ts';
import { readPolicyObject } from '../../../src/core/explanation/policy-object.ts';
import type { SecretFact } from '../../../src/core/explanation/secret-state.ts';
import { describeSubject } from '../../../src/core/explanation/subject.ts';
import { applyOperations } from '../../../src/manifests/edit/apply-operations.ts';
import { ownNamespace, readPolicy } from '../../case-folder.ts';
import { arbitraryPod } from '../arbitrary-pod.ts';
import { arbitraryPolicy } from '../arbitrary-policy.ts';

const policyOf = (spec: unknown) =>
  readPolicyObject({
    apiVersion: 'token-injector.dev/v1alpha1',
    kind: 'TokenPolicy',
    metadata: { name: 'aikido' },
    spec,
  });
const factsWith = (secrets: Readonly<Record<string, SecretFact>> = {}) => ({
  ownNamespace,
  namespaceLabels: {},
  apply: applyOperations,
  secrets: new Map(Object.entries(secrets)),
});
const subjectOf = (pod: object, metadata: object = {}) => {
  const object = { ...pod, apiVersion: 'v1', kind: 'Pod' };
  const given = (pod as { metadata?: object }).metadata;
  const whole = { ...object, metadata: { ...given, ...metadata, namespace: 'agents' } };
  return describeSubject(whole, whole);
};

it('each pod is counted once, as what it is when it is asked about itself', () => {
  const situations = arbitraryPolicy
    .map((object) => readPolicy(object))
    .chain((policy) =>
      fc.tuple(fc.constant(policy), fc.array(arbitraryPod(policy), { maxLength: 4 })),
    );
  fc.assert(
    fc.property(situations, ([policy, pods]) => {
      const objects = [{ ...policyOf(policy.spec), name: policy.name }];
      const parsed = objects.map((object) => ({
        ...object,
        parsed: { ok: true as const, policy, unknownFields: [] },
      }));
      const subjects = pods.map((pod) => subjectOf(pod as object));
      const [count] = countPods(parsed, [policy.name], subjects, factsWith());
      const verdicts = subjects.map(
        (subject) => explain(judge(parsed, subject, factsWith()), new Map()).policies[0]!.verdict,
      );
      const has = (verdict: string) => verdicts.filter((item) => item === verdict).length;
      expect(count).toMatchObject({
        lacks: has('lacks'),
        keeps: has('keeps'),
        leftOut: has('left-out'),
      });
      expect(count!.holds + count!.waits).toBe(has('holds'));
    }),
    { numRuns: 100 },
  );
});

describe('a pod that refers to the token', () => {
  const policy = policyOf({
    secret: { name: 'aikido-api-secret' },
    inject: { env: [{ name: 'TOKEN', key: 'token' }] },
  });
  const secretKeyRef = { name: 'aikido-api-secret', key: 'token' };
  const container = { name: 'app', env: [{ name: 'TOKEN', valueFrom: { secretKeyRef } }] };
  const waitingFor = (message: string) => ({
    phase: 'Pending',
    containerStatuses: [
      { name: 'app', state: { waiting: { reason: 'CreateContainerConfigError', message } } },
    ],
  });
  const there = { 'aikido-api-secret': { keys: ['token'] } };
  const count = (
    status: object,
    secrets: Readonly<Record<string, SecretFact>> = there,
    metadata: object = {},
  ) =>
    countPods(
      [policy],
      ['aikido'],
      [subjectOf({ spec: { containers: [container] }, status }, metadata)],
      factsWith(secrets),
    );
  const none = { policy: 'aikido', holds: 0, waits: 0, lacks: 0, keeps: 0, leftOut: 0 };

  it.each([
    ['runs', { phase: 'Running' }, there, 'holds'],
    ['waits as the kubelet says', waitingFor('secret "aikido-api-secret" not found'), {}, 'waits'],
    ['waits for another Secret', waitingFor('secret "db" not found'), there, 'holds'],
    ['cannot start', { phase: 'Pending' }, { 'aikido-api-secret': 'missing' }, 'waits'],
    ['lacks a key', { phase: 'Pending' }, { 'aikido-api-secret': { keys: [] } }, 'waits'],
    ['runs without the Secret', { phase: 'Running' }, { 'aikido-api-secret': 'missing' }, 'holds'],
    ['is new, and the Secret not known', { phase: 'Pending' }, {}, 'holds'],
  ] as const)('and %s', (_, status, secrets, state) => {
    expect(count(status, secrets)).toEqual([{ ...none, [state]: 1 }]);
  });

  it('does not count once it has ended, or is being deleted', () => {
    expect(count({ phase: 'Succeeded' })).toEqual([none]);
    expect(count({ phase: 'Failed' })).toEqual([none]);
    const metadata = { deletionTimestamp: '2026-03-02T08:00:00Z' };
    expect(count({ phase: 'Running' }, there, metadata)).toEqual([none]);
  });
});
