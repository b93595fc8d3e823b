import { describe, expect, it } from 'vitest';
import { parsePolicy, parseStoredPolicy } from '../../../src/core/policy/parse-policy.ts';
import { conditionState } from '../../../src/core/status/conditions.ts';
import { noPods } from '../../../src/core/status/pod-tally.ts';
import {
  type RegistrationState,
  type StatusInput,
  policyStatus,
} from '../../../src/core/status/policy-status.ts';
import { statusChanged } from '../../../src/core/status/status-changed.ts';
import { goodPolicy, spoilt } from '../policy/invalid-policies.ts';

const input: StatusInput = {
  registration: { state: 'registered' },
  reachable: undefined,
  overlap: undefined,
  timeoutSeconds: 1,
  tally: noPods,
  knowsPods: true,
  now: '2026-01-01T00:00:00Z',
};
const good = parsePolicy(goodPolicy());
const statusOf = (change: Partial<StatusInput> = {}, parsed = good, previous?: unknown) =>
  policyStatus({ generation: 3, parsed, previous }, { ...input, ...change });
const conditionOf = (type: string, { conditions }: ReturnType<typeof statusOf>) =>
  conditions.find((one) => one.type === type)!;
const readyOf = (...args: Parameters<typeof statusOf>) => conditionOf('Ready', statusOf(...args));

const requirement = { key: 'control-plane', operator: 'DoesNotExist' } as const;
const addedRequirements = { namespaceSelector: [requirement], objectSelector: [] };
const overlap = { policies: ['a', 'b'], pod: { namespace: 'shop' } };

describe('Ready', () => {
  it.each<[RegistrationState, string, string, string]>([
    [{ state: 'registered' }, 'True', 'Registered', 'The API server asks the webhook'],
    [
      { state: 'registered', addedRequirements },
      'True',
      'SelectorsNarrowed',
      'namespaceSelector: !control-plane. Other pods get no token',
    ],
    [{ state: 'too-many', excess: { limit: 'policies' } }, 'False', 'TooManyPolicies', '300'],
    [{ state: 'paused' }, 'False', 'Paused', 'token-injector.dev/paused: remove the annotation'],
    [
      { state: 'denial-not-permitted' },
      'False',
      'NotPermitted',
      'A ValidatingAdmissionPolicy token-injector-aikido from before',
    ],
    [{ state: 'failed', problem: 'no certificate' }, 'False', 'NotRegistered', 'no certificate'],
  ])('of %j is %s, %s', (registration, status, reason, words) => {
    expect(readyOf({ registration })).toMatchObject({
      status,
      reason,
      message: expect.stringContaining(words),
      observedGeneration: 3,
    });
  });

  it('says that policies overlap, unless what others added to the selectors is worse', () => {
    expect(readyOf({ overlap })).toMatchObject({ status: 'True', reason: 'SelectorsOverlap' });
    const both = readyOf({ overlap, registration: { state: 'registered', addedRequirements } });
    expect(both.reason).toBe('SelectorsNarrowed');
    expect(both.message).toContain('2 policies select a pod in namespace shop');
  });

  it('names fields that this version ignores', () => {
    const parsed = parseStoredPolicy(spoilt((policy) => Object.assign(policy.spec, { later: {} })));
    expect(readyOf({}, parsed).message).toContain('ignores them: spec.later.');
  });

  it('tells every problem of a policy that does not parse', () => {
    const parsed = parsePolicy(
      spoilt(({ spec }) => Object.assign(spec, { secret: {}, inject: {} })),
    );
    const status = statusOf({}, parsed);
    const { message, reason } = conditionOf('Ready', status);
    expect(reason).toBe('Invalid');
    expect(message).toMatch(/spec\.secret\.name: .*; spec\.inject: /);
  });
});

describe('Reachable', () => {
  const answered = conditionState('Reachable', 'Answered', 'reached');
  const before = { conditions: [{ type: 'Reachable', ...answered, lastTransitionTime: 'before' }] };
  const reachableOf = (...args: Parameters<typeof statusOf>) =>
    conditionOf('Reachable', statusOf(...args));

  it('stays as it was until it is tried again', () => {
    expect(reachableOf().reason).toBe('NotProbed');
    expect(reachableOf({}, good, before)).toMatchObject({
      ...answered,
      lastTransitionTime: 'before',
    });
    const reachable = conditionState('Reachable', 'NotAnswered', 'refused');
    expect(reachableOf({ reachable }, good, before)).toMatchObject(reachable);
  });
});

describe('a status is written', () => {
  const status = statusOf();
  const other = { type: 'Audited', status: 'True' };

  it.each([
    ['where there is none', undefined, true],
    ['where a condition is missing', { ...status, conditions: status.conditions.slice(1) }, true],
    ['about another generation', { ...status, observedGeneration: 2 }, true],
    ['with another count', { ...status, pods: { ...status.pods, kept: 1 } }, true],
    ['with another list', { ...status, excludedNamespaces: ['one'] }, true],
  ])('%s', (_, previous, expected) => {
    expect(statusChanged(status, previous)).toBe(expected);
  });

  it('no second time, whatever others have added and in whatever order', () => {
    const conditions = [other, ...status.conditions.toReversed()];
    expect(statusChanged(status, status)).toBe(false);
    expect(statusChanged(status, { ...status, conditions, later: 1 })).toBe(false);
  });
});
