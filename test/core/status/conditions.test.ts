import { describe, expect, it } from 'vitest';
import { conditionState, toCondition } from '../../../src/core/status/conditions.ts';

const [before, now] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
const registered = conditionState('Ready', 'Registered', 'All is well.');
const since = (previous: unknown) =>
  toCondition('Ready', registered, { previous, generation: 2, now }).lastTransitionTime;

describe('a condition', () => {
  it.each([
    ['Registered', 'True'],
    ['Paused', 'False'],
  ] as const)('has the status of its reason: %s', (reason, status) => {
    expect(conditionState('Ready', reason, '')).toEqual({ status, reason, message: '' });
  });

  it('names the generation that it is about', () => {
    expect(toCondition('Ready', registered, { previous: [], generation: 2, now })).toEqual({
      type: 'Ready',
      ...registered,
      observedGeneration: 2,
      lastTransitionTime: now,
    });
  });

  it.each([
    ['keeps its time while the status stays', [{ type: 'Ready', status: 'True' }], before],
    ['gets a new time with a new status', [{ type: 'Ready', status: 'False' }], now],
    ['has a time of its own', [{ type: 'Other', status: 'True' }], now],
    ['has none before it where there is none', undefined, now],
    ['is not misled by what is no condition', [null, 'Ready', 7], now],
  ])('%s', (_, conditions, expected) => {
    const previous = conditions?.map((one) =>
      typeof one === 'object' && one !== null ? { ...one, lastTransitionTime: before } : one,
    );
    expect(since(previous)).toBe(expected);
  });

  it('has a new time where the time before is none', () => {
    expect(since([{ type: 'Ready', status: 'True', lastTransitionTime: 7 }])).toBe(now);
  });

  it('has a message of at most 1,024 characters, and shows where it was cut', () => {
    const messageOf = (length: number) =>
      toCondition('Ready', conditionState('Ready', 'Invalid', 'm'.repeat(length)), {
        previous: [],
        generation: 1,
        now,
      }).message;
    expect(messageOf(1_024)).toBe('m'.repeat(1_024));
    expect(messageOf(1_025)).toBe(`${'m'.repeat(1_020)} ...`);
  });
});
