import { afterEach, expect, it } from 'vitest';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { readCases } from '../case-folder.ts';
import { type WebhookUnderTest, reviewOf, startWebhookUnderTest } from './webhook-under-test.ts';

let webhook: WebhookUnderTest | undefined;
afterEach(() => webhook?.close());

it('answers its own fault with 500, which failurePolicy judges, and logs where but not over what', async () => {
  const { pod } = readCases().find(({ name }) => name === 'env-front')!;
  webhook = await startWebhookUnderTest(() => {
    throw new TypeError('cannot handle CANARY-token');
  });
  const answer = await webhook.post('/mutate/aikido', JSON.stringify(reviewOf(pod)));
  expect(answer.status).toBe(500);
  expect(answer.text).toBe('token-injector: internal error, see its log\n');
  expect(answer.headers).not.toHaveProperty('retry-after');
  expect(webhook.logged).toEqual([
    {
      level: 'error',
      error: 'TypeError',
      stack: expect.arrayContaining([expect.stringContaining('faults.test.ts')]),
      message: 'request failed',
    },
  ]);
  expect(JSON.stringify(webhook.logged)).not.toContain('CANARY');
  expect(await webhook.metrics()).toContain(
    'token_injector_admission_failures_total{code="500"} 1',
  );
});

it('goes on answering after a fault', async () => {
  const { pod } = readCases().find(({ name }) => name === 'env-front')!;
  let broken = true;
  webhook = await startWebhookUnderTest(() => {
    if (broken) throw new Error('broken');
    return policySet([]);
  });
  const body = JSON.stringify(reviewOf(pod));
  expect((await webhook.post('/mutate/aikido', body)).status).toBe(500);
  broken = false;
  expect((await webhook.post('/mutate/aikido', body)).status).toBe(200);
});
