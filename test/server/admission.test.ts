import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideInjection } from '../../src/core/injection/decide-injection.ts';
import type { Operation } from '../../src/core/injection/operation.ts';
import { type PolicySet, policySet } from '../../src/core/policy/policy-set.ts';
import { ownNamespace, readCases } from '../case-folder.ts';
import { type WebhookUnderTest, reviewOf, startWebhookUnderTest } from './webhook-under-test.ts';

let webhook: WebhookUnderTest;
let policies: PolicySet = policySet([]);
beforeAll(async () => {
  webhook = await startWebhookUnderTest(() => policies);
});
afterAll(() => webhook.close());

async function review(policy: string, object: unknown, change: Record<string, unknown> = {}) {
  const answer = await webhook.post(
    `/mutate/${policy}?timeout=5s`,
    JSON.stringify(reviewOf(object, change)),
  );
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.headers).not.toHaveProperty('retry-after');
  const { response, ...envelope } = JSON.parse(answer.text) as {
    response: {
      uid: string;
      allowed: boolean;
      patchType?: string;
      patch?: string;
      warnings?: string[];
    };
  };
  expect(envelope).toEqual({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
  expect(response.uid).toBe('705ab4f5-6393-11e8-b7cc-42010a800002');
  expect(response.allowed).toBe(true);
  const operations: Operation[] = response.patch
    ? JSON.parse(Buffer.from(response.patch, 'base64').toString())
    : [];
  expect(response.patchType).toBe(operations.length > 0 ? 'JSONPatch' : undefined);
  return { operations, warnings: response.warnings ?? [] };
}

describe.each(readCases())('case $name over HTTPS', ({ set, pod, namespace, facts }) => {
  it('answers what deciding says', async () => {
    policies = set;
    const change = facts.ephemeral
      ? {
          namespace,
          operation: 'UPDATE',
          subResource: 'ephemeralcontainers',
          oldObject: facts.ephemeral.oldPod,
        }
      : { namespace };
    for (const policy of set.policies) {
      // The server knows no labels of namespaces: there the API server's own matching is trusted.
      const known = {
        namespace,
        ownNamespace,
        set,
        ...(facts.ephemeral ? { ephemeral: facts.ephemeral } : {}),
      };
      const decision = decideInjection(policy, pod, known);
      expect(await review(policy.name, pod, change)).toEqual({
        operations: decision.changed ? JSON.parse(JSON.stringify(decision.operations)) : [],
        warnings: decision.warnings.map(({ message }) => message),
      });
    }
  });
});

describe('requests that change nothing', () => {
  const { set, pod } = readCases().find(({ name }) => name === 'env-front')!;
  const reasonOf = async (policy: string, object: unknown, change: Record<string, unknown>) => {
    policies = set;
    expect(await review(policy, object, change)).toEqual({ operations: [], warnings: [] });
    return (webhook.logged.at(-1) as { reason: string }).reason;
  };

  it.each([
    ['DELETE', { operation: 'DELETE', object: null, oldObject: pod }, 'operation-ignored'],
    [
      'CONNECT',
      {
        operation: 'CONNECT',
        subResource: 'exec',
        kind: { group: '', version: 'v1', kind: 'PodExecOptions' },
      },
      'not-a-pod',
    ],
    ['UPDATE', { operation: 'UPDATE', oldObject: pod }, 'operation-ignored'],
    ['UPDATE of the status', { operation: 'UPDATE', subResource: 'status' }, 'operation-ignored'],
    ['an unknown operation', { operation: 'TRANSMUTE' }, 'operation-ignored'],
    ['another kind', { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }, 'not-a-pod'],
    [
      'a Pod of another group',
      { kind: { group: 'example.com', version: 'v1', kind: 'Pod' } },
      'not-a-pod',
    ],
    ['no kind', { kind: null }, 'not-a-pod'],
    ['no object', { object: null }, 'pod-malformed'],
    ['a list as object', { object: [pod] }, 'pod-malformed'],
    ['an unknown subresource', { subResource: 'binding' }, 'operation-ignored'],
  ])('%s', async (_, change, reason) => {
    expect(await reasonOf('aikido', pod, change)).toBe(reason);
  });

  it('a policy that is not known, counted without its name', async () => {
    expect(await reasonOf('no-such-policy', pod, {})).toBe('policy-unknown');
    expect(await webhook.metrics()).toContain(
      'token_injector_admission_decisions_total{policy="",reason="policy-unknown"} 1',
    );
  });
});

it('counts decisions, durations and what is in flight', async () => {
  policies = readCases().find(({ name }) => name === 'annotation-bad')!.set;
  await review('aikido', readCases().find(({ name }) => name === 'annotation-bad')!.pod);
  const metrics = await webhook.metrics();
  expect(metrics).toMatch(
    /token_injector_admission_decisions_total\{policy="aikido",reason="injected"\} [1-9]/,
  );
  expect(metrics).toMatch(
    /token_injector_admission_warnings_total\{policy="aikido",reason="annotation-inject-bad"\} [1-9]/,
  );
  expect(metrics).toMatch(/token_injector_admission_duration_seconds_count [1-9]/);
  expect(metrics).toMatch(/token_injector_admission_requests_in_flight \d/);
});

it('logs one line with fixed fields for a decision', async () => {
  const { set, pod } = readCases().find(({ name }) => name === 'env-front')!;
  policies = set;
  webhook.logged.length = 0;
  await review('aikido', {
    ...(pod as object),
    metadata: { generateName: 'agent-5d8f-', labels: { 'aikido-security': 'kubernetes-agent' } },
  });
  expect(webhook.logged).toEqual([
    {
      level: 'info',
      message: 'decision',
      policy: 'aikido',
      reason: 'injected',
      namespace: 'agents',
      pod: 'agent-5d8f-',
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      operations: 1,
      warnings: 0,
      dryRun: false,
    },
  ]);
});

it('asks callers to go elsewhere while it drains, and still answers', async () => {
  const { set, pod } = readCases().find(({ name }) => name === 'env-front')!;
  policies = set;
  const draining = await startWebhookUnderTest(() => set);
  try {
    const body = JSON.stringify(reviewOf(pod));
    expect((await draining.post('/mutate/aikido', body)).headers.connection).toBe('keep-alive');
    draining.setDraining();
    for (const [path, text] of [
      ['/mutate/aikido', body],
      ['/mutate/aikido', 'broken'],
      ['/nowhere', body],
    ] as const) {
      expect((await draining.post(path, text)).headers.connection).toBe('close');
    }
  } finally {
    await draining.close();
  }
});
