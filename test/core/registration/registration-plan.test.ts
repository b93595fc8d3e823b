import { expect, it } from 'vitest';
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts';
import { maxBytes, storedSize } from '../../../src/core/registration/configuration-size.ts';
import { excessText, planRegistration } from '../../../src/core/registration/registration-plan.ts';
import { tokenPolicy } from '../../controllers/controller-under-test.ts';

const nameOf = (index: number) => `p${String(index).padStart(3, '0')}`;
const named = (name: string, match: object = {}) => {
  const parsed = parsePolicy(tokenPolicy(name, { match }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { name, policy: parsed.policy };
};
const policies = (count: number) =>
  Array.from({ length: count }, (_, index) => named(nameOf(index)));
/** A registration with CA certificates of so many bytes each. */
const withCas = (...bytes: readonly number[]) => ({
  address: { service: { namespace: 'token-injector', name: 'webhook' } },
  ownNamespace: 'token-injector',
  timeoutSeconds: 1,
  cas: bytes.map((length) => 'c'.repeat(length)),
});
const sizeOf = (webhooks: readonly { readonly name: string }[]) =>
  webhooks.reduce((sum, entry) => sum + storedSize(entry), 0);

it('300 policies with small CAs fit', () => {
  const { webhooks, tooMany } = planRegistration(policies(301), [], withCas(600, 600));
  expect(webhooks).toHaveLength(301);
  expect([...tooMany]).toEqual([[nameOf(300), { limit: 'policies' }]]);
});

it('of more bytes than fit, those are left out that come last, and say what they need', () => {
  const { webhooks, tooMany } = planRegistration(policies(300), [], withCas(4_000, 4_001));
  const left = 301 - webhooks.length;
  expect(left).toBeGreaterThan(100);
  expect([...tooMany.keys()]).toEqual(
    policies(300)
      .slice(-left)
      .map(({ name }) => name),
  );
  expect(sizeOf(webhooks)).toBeLessThanOrEqual(maxBytes);
  expect(sizeOf(webhooks) + storedSize(webhooks[0]!)).toBeGreaterThan(maxBytes);
  const excess = tooMany.get(nameOf(299))!;
  expect(excess).toMatchObject({ limit: 'bytes', caBytes: 8_001 });
  expect(excessText(excess)).toMatch(
    /^The webhook configuration is full: it has room for 1,540,000 bytes, .* has 9,\d{3}, of which 8,001 are CA certificates\./,
  );
});

it('a small one takes the place that a large one cannot', () => {
  const values = Array.from({ length: 64 }, (_, index) => `${'v'.repeat(60)}${index}`);
  const large = named('a-large', {
    podSelector: {
      matchExpressions: Array.from({ length: 50 }, (_, index) => ({
        key: `k${index}`,
        operator: 'In',
        values,
      })),
    },
  });
  const before = planRegistration(policies(290), [], withCas(1_750, 1_750));
  const { tooMany } = planRegistration(
    [large, ...policies(290), named('z')],
    before.webhooks.slice(0, 280),
    withCas(1_750, 1_750),
  );
  expect(tooMany.get('a-large')).toMatchObject({ limit: 'bytes' });
  expect(tooMany.has(nameOf(280))).toBe(false);
});

it('what is registered stays, and what is new has to fit through a renewal of the CA too', () => {
  const one = planRegistration(policies(300), [], withCas(3_000));
  const fitting = one.webhooks.length - 1;
  expect(fitting).toBeLessThan(300);
  // Renewed: nobody loses an entry.
  const kept = policies(fitting);
  expect(planRegistration(kept, one.webhooks, withCas(3_000, 3_000)).tooMany.size).toBe(0);
  // Registered by a version that did not look ahead: they stay as long as they fit.
  const all = planRegistration(policies(300), [], withCas(1_500, 1_500));
  expect(all.tooMany.size).toBe(0);
  expect(planRegistration(policies(300), all.webhooks, withCas(3_000)).tooMany.size).toBe(0);
});
