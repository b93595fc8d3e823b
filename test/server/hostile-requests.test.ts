import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/core/injection/operation.ts';
import { readCases } from '../case-folder.ts';
import {
  type WebhookUnderTest,
  reviewOf,
  send,
  startWebhookUnderTest,
} from './webhook-under-test.ts';

const { set, pod } = readCases().find(({ name }) => name === 'env-front')!;
let webhook: WebhookUnderTest;
beforeAll(async () => {
  webhook = await startWebhookUnderTest(() => set);
});
afterAll(() => webhook.close());

const mebibyte = 1024 * 1024;
const json = (value: unknown) => JSON.stringify(value);

describe('what is no review gets an error that says why, never a denial', () => {
  const cases: [string, string, string | undefined, number, RegExp][] = [
    ['a body over 8 MiB', ' '.repeat(8 * mebibyte + 1), 'application/json', 413, /too large/],
    ['text that is not JSON', 'hello', 'application/json', 400, /not valid JSON/],
    ['an empty body', '', 'application/json', 400, /./],
    [
      'a truncated body',
      json(reviewOf(pod)).slice(0, -20),
      'application/json',
      400,
      /not valid JSON/,
    ],
    ['an array', '[]', 'application/json', 400, /want a JSON object/],
    ['null', 'null', 'application/json', 400, /want a JSON object/],
    [
      'another content type',
      json(reviewOf(pod)),
      'application/x-www-form-urlencoded',
      415,
      /media type/i,
    ],
    ['plain text', json(reviewOf(pod)), 'text/plain', 415, /media type/i],
    ['no content type', json(reviewOf(pod)), undefined, 415, /media type/i],
    ['no uid', json(reviewOf(pod, { uid: undefined })), 'application/json', 400, /no uid/],
    ['an empty uid', json(reviewOf(pod, { uid: '' })), 'application/json', 400, /no uid/],
    ['a uid that is a number', json(reviewOf(pod, { uid: 7 })), 'application/json', 400, /no uid/],
    [
      'a huge uid',
      json(reviewOf(pod, { uid: 'u'.repeat(mebibyte) })),
      'application/json',
      400,
      /no uid/,
    ],
    [
      'v1beta1',
      json({ ...reviewOf(pod), apiVersion: 'admission.k8s.io/v1beta1' }),
      'application/json',
      400,
      /admissionReviewVersions: \[v1\]/,
    ],
    [
      'another kind of document',
      json({ ...reviewOf(pod), kind: 'ConversionReview' }),
      'application/json',
      400,
      /kind differs/,
    ],
    [
      'no request',
      json({ ...reviewOf(pod), request: undefined }),
      'application/json',
      400,
      /no request/,
    ],
    [
      'a request that is a list',
      json({ ...reviewOf(pod), request: [] }),
      'application/json',
      400,
      /no request/,
    ],
  ];
  it.each(cases)('%s', async (_, body, contentType, status, message) => {
    const before = failures(await webhook.metrics(), status);
    const answer = await webhook.post(
      '/mutate/aikido',
      body,
      contentType ? { 'content-type': contentType } : {},
    );
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(/^token-injector: /);
    expect(answer.text).toMatch(message);
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(failures(await webhook.metrics(), status)).toBe(before + 1);
  });

  it.each([
    ['GET', '/mutate/aikido'],
    ['PUT', '/mutate/aikido'],
    ['POST', '/mutate'],
    ['POST', '/mutate/a/b'],
    ['POST', '/'],
    ['POST', '/mutate/%2e%2e%2fmetrics/x'],
  ])('%s %s is not found', async (method, path) => {
    const answer = await send(
      {
        port: webhook.port,
        ca: webhook.ca,
        method,
        path,
        headers: { 'content-type': 'application/json' },
      },
      method === 'GET' ? '' : '{}',
    );
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('POST /mutate/<policy>');
  });
});

it.each(['/mutate/%zz-SECRET', `/mutate/${'a'.repeat(300)}-SECRET`])(
  'a path that is none is refused, counted and not quoted',
  async (path) => {
    const answer = await webhook.post(path, '{}');
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).toMatch(/^token-injector: /);
    expect(answer.text + JSON.stringify(webhook.logged.at(-1))).not.toContain('SECRET');
    expect(webhook.logged.at(-1)).toMatchObject({ level: 'warn', message: 'request refused' });
  },
);

describe('what is legal but odd or huge is answered, in bounded time', () => {
  async function operationsFor(
    object: unknown,
    change: Record<string, unknown> = {},
  ): Promise<Operation[]> {
    return operationsOf(json(reviewOf(object, change)));
  }
  async function operationsOf(body: string): Promise<Operation[]> {
    const answer = await webhook.post('/mutate/aikido', body);
    expect(answer.status).toBe(200);
    const { response } = JSON.parse(answer.text) as {
      response: { allowed: boolean; patch?: string };
    };
    expect(response.allowed).toBe(true);
    return response.patch ? JSON.parse(Buffer.from(response.patch, 'base64').toString()) : [];
  }
  const metadata = { labels: { 'aikido-security': 'kubernetes-agent' } };
  const nest = (levels: number): unknown => {
    let value: unknown = {};
    for (let level = 0; level < levels; level++) value = { a: value };
    return value;
  };

  it('managed fields of any form, which are not read', async () => {
    const managed = { ...metadata, managedFields: ['PLACE'] };
    const body = json(reviewOf({ metadata: managed, spec: { containers: [{ name: 'app' }] } }));
    const odd = body.replace('"PLACE"', '[{}], {"no": JSON}, '.repeat(1_000));
    expect(() => JSON.parse(odd) as unknown).toThrow(SyntaxError);
    expect(await operationsOf(odd)).toHaveLength(1);
  });

  it('10,000 containers', async () => {
    const containers = Array.from({ length: 10_000 }, (_, index) => ({
      name: `c${index}`,
      env: [{ name: 'A', value: 'b' }],
    }));
    expect(await operationsFor({ metadata, spec: { containers } })).toHaveLength(10_000);
  });

  it.each([
    [
      'a container with 200,000 literals of our name',
      () => [
        {
          name: 'agent',
          env: Array.from({ length: 200_000 }, () => ({ name: 'AIKIDO_TOKEN' })),
        },
      ],
    ],
    ['600,000 containers', () => Array.from({ length: 600_000 }, () => ({ name: 'a' }))],
  ])('%s, more than any API server stores, is left alone', async (_, containers) => {
    expect(await operationsFor({ metadata, spec: { containers: containers() } })).toEqual([]);
    expect(webhook.logged.at(-1)).toMatchObject({ reason: 'pod-too-large' });
  });

  it.each(['token-injector.dev/inject', 'token-injector.dev/containers'])(
    '1 MB in %s',
    async (annotation) => {
      for (const value of ['a'.repeat(1_000_000), 'a,'.repeat(500_000), ' '.repeat(1_000_000)]) {
        const annotations = { [annotation]: value };
        expect(
          await operationsFor({
            metadata: { ...metadata, annotations },
            spec: { containers: [{ name: 'agent' }] },
          }),
        ).toHaveLength(1);
      }
    },
  );

  it('nesting 200 deep, and 100,000 deep', async () => {
    expect(
      await operationsFor({ metadata, spec: { containers: [{ name: 'agent' }], deep: nest(200) } }),
    ).toHaveLength(1);
    const body = json(
      reviewOf({ metadata, spec: { containers: [{ name: 'agent' }], deep: 'HERE' } }),
    );
    expect(
      await operationsOf(body.replace('"HERE"', `${'['.repeat(100_000)}${']'.repeat(100_000)}`)),
    ).toHaveLength(1);
  });

  it('__proto__ and constructor keys', async () => {
    const spec =
      '{"containers":[{"name":"agent","__proto__":{"env":[{"name":"AIKIDO_TOKEN","value":"x"}]}}],"constructor":{"prototype":{"polluted":true}}}';
    const body = json(reviewOf({ metadata: { ...metadata }, spec: 'HERE' })).replace(
      '"HERE"',
      spec,
    );
    expect(await operationsOf(body)).toEqual([
      expect.objectContaining({ op: 'add', path: '/spec/containers/0/env' }),
    ]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    const labels = json(
      reviewOf({ metadata: { labels: 'HERE' }, spec: { containers: [{ name: 'agent' }] } }),
    );
    expect(
      await operationsOf(
        labels.replace('"HERE"', '{"__proto__":{"aikido-security":"kubernetes-agent"}}'),
      ),
    ).toEqual([]);
  });

  it('duplicate keys, of which the last counts, as in Go', async () => {
    const body = json(reviewOf({ metadata, spec: 'HERE' })).replace(
      '"HERE"',
      '{"containers":[],"containers":[{"name":"agent"}]}',
    );
    expect(await operationsOf(body)).toHaveLength(1);
  });

  it('lone surrogates', async () => {
    const body = json(
      reviewOf({ metadata, spec: { containers: [{ name: 'agent', env: [{ name: 'HERE' }] }] } }),
    );
    expect(await operationsOf(body.replace('HERE', String.raw`\ud800`))).toHaveLength(1);
  });

  it('bytes that are no UTF-8', async () => {
    const body = Buffer.from(
      json(reviewOf({ metadata, spec: { containers: [{ name: 'agent' }] } })),
    );
    const broken = Buffer.concat([
      body.subarray(0, 2),
      Buffer.from([0xff, 0xfe]),
      body.subarray(2),
    ]);
    expect((await webhook.post('/mutate/aikido', broken)).status).toBeLessThan(500);
  });
});

function failures(metrics: string, code: number): number {
  return Number(
    new RegExp(`token_injector_admission_failures_total\\{code="${code}"\\} (\\d+)`).exec(
      metrics,
    )?.[1] ?? 0,
  );
}
