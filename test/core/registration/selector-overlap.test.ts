import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts';
import type { Policy } from '../../../src/core/policy/compile-policy.ts';
import { overlapText, overlapsOf } from '../../../src/core/registration/selector-overlap.ts';
import { tokenPolicy } from '../../controllers/controller-under-test.ts';

const inject = 'token-injector.dev/inject';
const policy = (name: string, match: object): Policy => {
  const parsed = parsePolicy(tokenPolicy(name, { match }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
};
const labelled = (matchLabels: Record<string, string>) => ({ podSelector: { matchLabels } });
/** So many policies, each by what `match` makes of its name. */
const policies = (count: number, match: (name: string, index: number) => object) =>
  Array.from({ length: count }, (_, index) => {
    const name = `p${String(index).padStart(3, '0')}`;
    return policy(name, match(name, index));
  });
const pod = (labels: Record<string, string>, namespace = 'shop', annotations = {}) => ({
  namespace,
  labels,
  annotations,
  serviceAccountName: 'default',
});
const view = (...pods: ReturnType<typeof pod>[]) => ({
  pods,
  namespaceLabels: (name: string) => (name === 'unknown' ? undefined : { team: name }),
  ownNamespace: 'token-injector',
});

describe('by pods that exist', () => {
  const byKey = (name: string) => labelled({ [name]: 'x' });
  const all = policies(12, byKey);
  const labelsOf = (...names: string[]) => Object.fromEntries(names.map((name) => [name, 'x']));
  const names = all.map(({ name }) => name);

  it('300 policies for a label each do not overlap', () => {
    const many = policies(300, byKey);
    const pods = many.map(({ name }) => pod(labelsOf(name)));
    expect(overlapsOf(many, view(...pods), 1)).toEqual(new Map());
  });

  it('up to 10 on one pod are nothing, 11 are told by each of them', () => {
    expect(overlapsOf(all, view(pod(labelsOf(...names.slice(0, 10)))), 1)).toEqual(new Map());
    const eleven = names.slice(0, 11);
    expect(overlapsOf(all, view(pod(labelsOf(...eleven))), 1)).toEqual(
      new Map(eleven.map((name) => [name, { policies: eleven, pod: { namespace: 'shop' } }])),
    );
  });

  it('a longer timeout allows fewer', () => {
    const three = names.slice(0, 3);
    expect(overlapsOf(all, view(pod(labelsOf(...three))), 3)).toEqual(new Map());
    expect([...overlapsOf(all, view(pod(labelsOf(...three))), 5).keys()]).toEqual(three);
  });

  it('of several the worst is told, whatever the order of the pods', () => {
    const pods = [
      pod(labelsOf(...names.slice(0, 11)), 'a'),
      pod(labelsOf(...names), 'z'),
      pod(labelsOf(...names), 'm'),
    ];
    for (const order of [pods, pods.toReversed()]) {
      expect(overlapsOf(all, view(...order), 1).get('p000')).toEqual({
        policies: names,
        pod: { namespace: 'm' },
      });
    }
  });

  it.each([
    ['our own namespace', pod(labelsOf(...names), 'token-injector')],
    ['a system namespace', pod(labelsOf(...names), 'kube-system')],
    ['a namespace that is not known', pod(labelsOf(...names), 'unknown')],
    ['a mirror pod', pod(labelsOf(...names), 'shop', { 'kubernetes.io/config.mirror': 'x' })],
    ['a pod that opts out', pod(labelsOf(...names), 'shop', { [inject]: 'false' })],
  ])('%s is none', (_, one) => {
    expect(overlapsOf(all, view(one), 1)).toEqual(new Map());
  });

  it('a pod that names one policy is asked about for all', () => {
    const one = pod(labelsOf(...names), 'shop', { [inject]: 'p000' });
    expect(overlapsOf(all, view(one), 1).size).toBe(12);
  });
});

describe('by selectors alone', () => {
  it('those that are equal overlap', () => {
    const equal = policies(11, () => labelled({ agent: 'x' }));
    const found = overlapsOf(equal, view(), 1);
    expect(found.size).toBe(11);
    expect(found.get('p000')!.pod).toEqual({ policy: 'p000' });
  });

  it('what a narrow one selects, the wider ones select too', () => {
    const nested = policies(12, (_, index) =>
      labelled(Object.fromEntries(Array.from({ length: index }, (__, key) => [`k${key}`, 'x']))),
    );
    const found = overlapsOf(nested, view(), 1);
    expect(found.get('p000')).toMatchObject({ pod: { policy: 'p011' } });
    expect(found.get('p000')!.policies).toHaveLength(12);
  });

  it('of other namespaces they do not', () => {
    const apart = policies(12, (_, index) => ({
      ...labelled({ agent: 'x' }),
      namespaceSelector: { matchLabels: { team: `t${index}` } },
    }));
    expect(overlapsOf(apart, view(), 1)).toEqual(new Map());
  });

  it('the modes of the annotation make no difference, since a pod that asks is selected by all', () => {
    const modes = ['Required', 'Optional', 'Ignored'] as const;
    const mixed = policies(12, (_, index) => ({
      ...labelled({ agent: 'x' }),
      annotation: modes[index % 3],
    }));
    expect(overlapsOf(mixed, view(), 1).size).toBe(12);
  });
});

it('says who, where, what it costs and what to do', () => {
  const names = Array.from({ length: 12 }, (_, index) => `p${index}`);
  expect(overlapText({ policies: names, pod: { namespace: 'shop' } }, 1)).toBe(
    '12 policies select a pod in namespace shop, and 10 should at most (p0, p1, p2, p3, p4 and 7 more): while no answer of the webhook comes the API server waits 1 s for each, or twice that, and cannot create a pod that takes it more than 34 s. Join policies for the same pods, or narrow them.',
  );
  expect(overlapText({ policies: ['a', 'b', 'c'], pod: { policy: 'a' } }, 5)).toContain(
    '3 policies select every pod that policy a selects, and 2 should at most (a, b, c): ',
  );
});
