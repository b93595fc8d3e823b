import { connect } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { PolicyUnavailable } from '../../src/server/policies-in-force.ts';
import { eventually } from '../cluster/eventually.ts';
import { readCases } from '../case-folder.ts';
import { type WebhookUnderTest, reviewOf, startWebhookUnderTest } from './webhook-under-test.ts';

const { set, pod } = readCases().find(({ name }) => name === 'env-front')!;
const review = JSON.stringify(reviewOf(pod));
const none = policySet([]);

let webhook: WebhookUnderTest | undefined;
afterEach(() => webhook?.close());
const patchOf = (text: string) =>
  (JSON.parse(text) as { response: { allowed: boolean; patch?: string } }).response;

it('a policy that is known is not looked up', async () => {
  let asked = 0;
  webhook = await startWebhookUnderTest(
    () => set,
    async () => {
      asked++;
      return none;
    },
  );
  const { text } = await webhook.post('/mutate/aikido', review);
  expect(patchOf(text).patch).toBeDefined();
  expect(asked).toBe(0);
});

it('a policy that a look-up finds decides', async () => {
  webhook = await startWebhookUnderTest(
    () => none,
    async () => set,
  );
  const { status, text } = await webhook.post('/mutate/aikido?timeout=5s', review);
  expect(status).toBe(200);
  expect(patchOf(text).patch).toBeDefined();
  expect(webhook.logged).toMatchObject([{ policy: 'aikido', reason: 'injected' }]);
  expect(await webhook.metrics()).toContain(
    'token_injector_admission_decisions_total{policy="aikido",reason="injected"} 1',
  );
});

it('a policy that no look-up finds changes nothing', async () => {
  webhook = await startWebhookUnderTest(
    () => none,
    async () => none,
  );
  const { text } = await webhook.post('/mutate/invented', review);
  expect(patchOf(text)).toEqual({ uid: expect.any(String) as string, allowed: true });
  expect(webhook.logged).toMatchObject([{ policy: 'invented', reason: 'policy-unknown' }]);
  expect(await webhook.metrics()).not.toContain('invented');
});

it('a policy that cannot be had is a 500 that says why, never a denial', async () => {
  webhook = await startWebhookUnderTest(
    () => none,
    () => Promise.reject(new PolicyUnavailable('TokenPolicy aikido is not valid')),
  );
  const answer = await webhook.post('/mutate/aikido', review);
  expect(answer.status).toBe(500);
  expect(answer.text).toBe('token-injector: TokenPolicy aikido is not valid\n');
  expect(answer.headers).not.toHaveProperty('retry-after');
  expect(webhook.logged).toEqual([
    {
      level: 'error',
      code: 500,
      problem: 'TokenPolicy aikido is not valid',
      message: 'request not decided',
    },
  ]);
  expect(await webhook.metrics()).toContain(
    'token_injector_admission_failures_total{code="500"} 1',
  );
});

it('a fault of the look-up itself is answered as any other of ours', async () => {
  webhook = await startWebhookUnderTest(
    () => none,
    () => Promise.reject(new TypeError('CANARY')),
  );
  const answer = await webhook.post('/mutate/aikido', review);
  expect(answer).toMatchObject({
    status: 500,
    text: 'token-injector: internal error, see its log\n',
  });
  expect(JSON.stringify(webhook.logged)).not.toContain('CANARY');
});

it('our own probe is answered, by no policy and without a look-up', async () => {
  webhook = await startWebhookUnderTest(
    () => none,
    () => Promise.reject(new TypeError('asked')),
  );
  const kind = { group: '', version: 'v1', kind: 'ConfigMap' };
  const object = { metadata: { name: 'probe', labels: { 'token-injector.dev/probe': 'true' } } };
  const probe = JSON.stringify(reviewOf(object, { kind, name: 'probe' }));
  const { status, text } = await webhook.post('/mutate/probe?timeout=5s', probe);
  expect(status).toBe(200);
  const patch = Buffer.from(patchOf(text).patch!, 'base64').toString();
  expect(JSON.parse(patch)).toEqual([
    { op: 'add', path: '/data', value: { answered: 'token-injector' } },
  ]);
  expect(patchOf((await webhook.post('/mutate/probe', review)).text).patch).toBeUndefined();
  expect(webhook.logged).toMatchObject([
    { policy: 'probe', reason: 'probe-answered', operations: 1 },
    { policy: 'probe', reason: 'not-a-probe', operations: 0 },
  ]);
  expect((await webhook.post('/mutate/probe', '{}')).status).toBe(400);
});

it('who waits for a look-up and is gone, or gives way to others, waits no longer', async () => {
  const { promise: never } = Promise.withResolvers<typeof none>();
  const signals: AbortSignal[] = [];
  webhook = await startWebhookUnderTest(
    () => none,
    (_, signal) => {
      signals.push(signal);
      return Promise.race([never, rejection(signal)]);
    },
  );
  const { port, ca } = webhook;
  const gone = connect({ host: '127.0.0.1', port, ca });
  const head = 'host: x\r\ncontent-type: application/json\r\ncontent-length: 2';
  gone.write(`POST /mutate/invented HTTP/1.1\r\n${head}\r\n\r\n{}`);
  await waiting(1);
  gone.destroy();
  await eventually('it to be let go', () => expect(signals[0]?.aborted).toBe(true));

  const first = webhook.post('/mutate/invented', '{}');
  await waiting(2);
  // They fill all the memory that requests may hold.
  const large = Array.from({ length: 8 }, () =>
    webhook!.post('/mutate/invented', review.padEnd(8 * 1024 * 1024)),
  );
  for (const answer of large) answer.catch(() => undefined);
  const { status, headers, text } = await first;
  expect([status, text]).toEqual([
    503,
    'token-injector: too many large or slow requests at once\n',
  ]);
  expect(headers).toMatchObject({ connection: 'close' });
  expect(headers).not.toHaveProperty('retry-after');
  expect(signals[1]?.aborted).toBe(true);

  function waiting(count: number) {
    return eventually('it to wait', () => expect(signals).toHaveLength(count), { intervalMs: 10 });
  }
});

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
