import { expect, it } from 'vitest';
import { maxPoliciesPerPod } from '../../../src/core/registration/webhook-timeout.ts';

it.each([
  [1, 10],
  [3, 3],
  [5, 2],
])('at %i s the API server has time for %i policies on a pod', (seconds, policies) => {
  expect(maxPoliciesPerPod(seconds)).toBe(policies);
});
