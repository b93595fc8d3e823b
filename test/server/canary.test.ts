import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCases } from '../case-folder.ts';
import { type WebhookUnderTest, reviewOf, startWebhookUnderTest } from './webhook-under-test.ts';

// The form of a real token: it is no legal name of anything in Kubernetes.
const canary = 'AIK_CANARY_d3adb33f_4242';
const cases = readCases();
let current = cases[0]!.set;
let webhook: WebhookUnderTest;
beforeAll(async () => {
  webhook = await startWebhookUnderTest(() => current);
});
afterAll(() => webhook.close());

/** Copies of a value, each with the canary in place of one string or as one key. */
function* plant(value: unknown): Generator {
  if (typeof value === 'string') yield canary;
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      for (const planted of plant(item)) yield value.with(index, planted);
    yield [...value, canary];
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    for (const planted of plant(item)) yield { ...value, [key]: planted };
  }
  yield { ...value, [canary]: canary };
}

it.each(cases)(
  'a token in any field of the pod of $name is in no answer, log line or metric',
  async ({ set, pod, namespace, facts }) => {
    current = set;
    const change = facts.ephemeral
      ? {
          operation: 'UPDATE',
          subResource: 'ephemeralcontainers',
          oldObject: facts.ephemeral.oldPod,
        }
      : {};
    let planted = 0;
    for (const object of plant(pod)) {
      planted++;
      for (const policy of set.policies) {
        const answer = await webhook.post(
          `/mutate/${policy.name}`,
          JSON.stringify(reviewOf(object, { namespace, ...change })),
        );
        const { response } = JSON.parse(answer.text) as { response: { patch?: string } };
        const everything =
          answer.text +
          JSON.stringify(answer.headers) +
          Buffer.from(response.patch ?? '', 'base64').toString();
        expect(everything).not.toContain(canary);
      }
    }
    expect(planted).toBeGreaterThan(3);
    expect(JSON.stringify(webhook.logged)).not.toContain(canary);
    expect(await webhook.metrics()).not.toContain(canary);
  },
);

it('a token in the rest of the review, in the path, or in what is no review, is in no log line or metric', async () => {
  const review = reviewOf(cases[0]!.pod);
  const bodies = [
    ...[...plant(review)].map((planted) => JSON.stringify(planted)),
    `{"${canary}": ${canary}`,
    canary,
  ];
  for (const body of bodies) {
    const { text } = await webhook.post(`/mutate/aikido?${canary}=${canary}`, body);
    // The protocol wants the uid back, whatever it is.
    expect(text.replace(`"uid":"${canary}"`, '')).not.toContain(canary);
  }
  await webhook.post(`/mutate/${canary}`, JSON.stringify(review));
  await webhook.post(`/${canary}`, JSON.stringify(review), { 'content-type': canary });
  expect(JSON.stringify(webhook.logged)).not.toContain(canary);
  expect(await webhook.metrics()).not.toContain(canary);
});
