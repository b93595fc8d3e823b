import { describe, expect, it } from 'vitest';
import {
  addedRequirementsText,
  findAddedRequirements,
  withAddedRequirements,
} from '../../../src/core/registration/added-requirements.ts';

const byLabel = { matchLabels: { app: 'agent' } };
const notIn = { key: 'team', operator: 'NotIn', values: ['a'] } as const;
const noControlPlane = { key: 'control-plane', operator: 'DoesNotExist' } as const;
const ours = { namespaceSelector: { matchExpressions: [notIn] }, objectSelector: byLabel };
const added = { namespaceSelector: [noControlPlane], objectSelector: [] };

describe('what others added to the selectors of an entry', () => {
  it.each([
    ['nothing, where they are ours', ours],
    [
      'nothing, where they say the same in other words',
      {
        ...ours,
        objectSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['agent'] }] },
      },
    ],
    ['nothing, where they lack something', {}],
    ['nothing, where there is no entry', undefined],
  ])('is %s', (_, live) => {
    expect(findAddedRequirements(live, ours)).toBeUndefined();
  });

  it('is every requirement that ours do not have', () => {
    const live = { ...ours, namespaceSelector: { matchExpressions: [noControlPlane, notIn] } };
    expect(findAddedRequirements(live, ours)).toEqual(added);
    const labelled = { ...ours, objectSelector: { matchLabels: { app: 'agent', tier: 'web' } } };
    expect(findAddedRequirements(labelled, ours)?.objectSelector).toMatchObject([{ key: 'tier' }]);
  });

  it('joins our own, and is found in them again', () => {
    const joined = withAddedRequirements(ours, added);
    expect(joined).toEqual({
      namespaceSelector: { matchExpressions: [notIn, noControlPlane] },
      objectSelector: byLabel,
    });
    expect(findAddedRequirements(joined, ours)).toEqual(added);
    expect(withAddedRequirements(ours, undefined)).toEqual(ours);
  });

  it('is written as kubectl writes selectors', () => {
    expect(addedRequirementsText(added)).toBe('namespaceSelector: !control-plane');
    expect(addedRequirementsText({ ...added, objectSelector: [notIn] })).toBe(
      'namespaceSelector: !control-plane; objectSelector: team notin (a)',
    );
  });
});
