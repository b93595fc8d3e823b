import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeTarget } from '../../../src/core/delivery/judge-target.ts';
import type { Target, WantedCopy } from '../../../src/core/delivery/target.ts';

const wanted: WantedCopy = {
  name: 'aikido',
  policy: 'aikido',
  policyUid: 'uid-1',
  source: 'home/agent-token',
  digests: new Map([['token', 'new']]),
  requiredKeys: ['token'],
};

const copy: Target = {
  name: 'aikido',
  namespace: 'shop',
  policy: 'aikido',
  isLabelled: true,
  ownerUids: ['uid-1'],
  manager: 'unknown',
  isOperated: false,
  type: 'Opaque',
  isImmutable: false,
  isTerminating: false,
  keys: ['token'],
  digests: new Map([['token', 'new']]),
  ownKeys: ['token'],
  isResyncing: false,
};

const old = { digests: new Map([['token', 'old']]) };
const others = { policy: undefined, digests: new Map<string, string>(), manager: 'kubectl-create' };

describe('judgeTarget', () => {
  it.each<[string, Partial<Target>]>([
    ['is as wanted', {}],
    ['has a key more, of somebody else', { keys: ['token', 'more'] }],
    ['has the value that is wanted, of somebody else', { ownKeys: [] }],
    ['is as wanted and immutable', { isImmutable: true }],
    ['is being deleted', { ...old, isTerminating: true }],
    ['is of an operator, with the keys', { ...others, isOperated: true }],
  ])('leaves one that %s', (_, live) => {
    expect(judgeTarget(wanted, { ...copy, ...live })).toEqual({ action: 'leave' });
  });

  it.each<[string, Partial<Target>]>([
    ['has an older value', old],
    ['lacks a key', { keys: [], digests: new Map(), ownKeys: [] }],
    ['has a key of ours that is no longer wanted', { ownKeys: ['token', 'before'] }],
    ['lacks a label', { isLabelled: false }],
    ['was delivered for another policy', { policy: 'before' }],
    ['is owned by a policy of that name that was deleted', { ownerUids: ['uid-0'] }],
  ])('applies one that %s', (_, live) => {
    expect(judgeTarget(wanted, { ...copy, ...live })).toEqual({ action: 'apply' });
  });

  it('applies one that is not there', () => {
    expect(judgeTarget(wanted, undefined)).toEqual({ action: 'apply' });
  });

  it.each<[string, Partial<Target>]>([
    ['Conflict', others],
    ['Conflict', { ...others, isOperated: true, keys: ['password'] }],
    ['Conflict', { type: 'kubernetes.io/tls' }],
    ['Immutable', { ...old, isImmutable: true }],
    ['Immutable', { ...old, isImmutable: true, isResyncing: true }],
    ['TakenOver', { ...old, ownKeys: [], manager: 'aikido-agent' }],
  ])('tells %s', (reason, live) => {
    const verdict = judgeTarget(wanted, { ...copy, ...live });
    expect(verdict).toMatchObject({ action: 'leave', problem: { reason } });
    expect(verdict).toMatchSnapshot();
  });

  it('takes one back where that is asked for', () => {
    for (const live of [old, { ...old, ownKeys: [] }, {}])
      expect(judgeTarget(wanted, { ...copy, ...live, isResyncing: true })).toEqual({
        action: 'resync',
      });
  });

  const key = fc.constantFrom('token', 'config.yaml', 'more');
  const digests = fc
    .dictionary(key, fc.constantFrom('a', 'b'))
    .map((object) => new Map(Object.entries(object)));
  const target: fc.Arbitrary<Target> = fc
    .record({
      policy: fc.constantFrom(undefined, 'aikido', 'before'),
      isLabelled: fc.boolean(),
      ownerUids: fc.subarray(['uid-0', 'uid-1']),
      isOperated: fc.boolean(),
      type: fc.constantFrom('Opaque', 'Opaque', 'kubernetes.io/tls'),
      isImmutable: fc.boolean(),
      isTerminating: fc.boolean(),
      digests,
      own: fc.subarray(['token', 'config.yaml', 'more']),
      isResyncing: fc.boolean(),
    })
    .map(({ own, ...rest }) => {
      const keys = [...rest.digests.keys()];
      return { ...copy, ...rest, keys, ownKeys: own.filter((each) => keys.includes(each)) };
    });

  it('writes nothing that is not ours, that is immutable, or that somebody else wrote', () => {
    fc.assert(
      fc.property(target, digests, (live, wants) => {
        const { action } = judgeTarget({ ...wanted, digests: wants }, live);
        if (action === 'leave') return;
        expect(live).toMatchObject({
          policy: expect.any(String),
          type: 'Opaque',
          isTerminating: false,
        });
        const changed = [...wants].filter(([each, digest]) => live.digests.get(each) !== digest);
        if (live.isImmutable) expect(changed).toEqual([]);
        if (action === 'apply')
          for (const [each] of changed)
            expect(!live.keys.includes(each) || live.ownKeys.includes(each)).toBe(true);
      }),
    );
  });

  it('has nothing left to do once it was written', () => {
    fc.assert(
      fc.property(target, digests, (live, wants) => {
        const copyWanted = { ...wanted, digests: wants };
        if (judgeTarget(copyWanted, live).action === 'leave') return;
        const kept = [...live.digests].filter(([each]) => !live.ownKeys.includes(each));
        const written = new Map([...kept, ...wants]);
        const after: Target = {
          ...live,
          policy: 'aikido',
          isLabelled: true,
          ownerUids: ['uid-1'],
          digests: written,
          keys: [...written.keys()],
          ownKeys: [...wants.keys()],
          isResyncing: false,
        };
        expect(judgeTarget(copyWanted, after)).toEqual({ action: 'leave' });
      }),
    );
  });
});
