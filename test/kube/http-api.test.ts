import { describe, expect, it } from 'vitest';

import type { KubeApi } from '../../src/kube/client/api.ts';
import { createKubeApi } from '../../src/kube/client/http-api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import {
  type Answer,
  json,
  listOf,
  openLocal,
  startServer,
  status,
  writeKubeconfig,
} from './local-server.ts';

const { configMaps, secrets, tokenPolicies } = resources;

describe('requests', () => {
  it('use the paths, query and headers of the API', async () => {
    const { api, server } = await openLocal();
    server.otherwise((response, { method }) =>
      json(method === 'GET' ? { metadata: { resourceVersion: '1' } } : { metadata: { name: 'a' } })(
        response,
        { method, path: '', query: {}, headers: {}, body: '' },
      ),
    );
    const object = { metadata: { name: 'a', namespace: 'ours' } };
    await api.get(configMaps, 'a', 'ours');
    await api.list(tokenPolicies, {
      labelSelector: 'a in (b, c)',
      fieldSelector: 'metadata.name=x',
    });
    await api.list(secrets, { namespace: 'ours', metadataOnly: true });
    await api.create(configMaps, object, { dryRun: true });
    await api.replace(configMaps, object);
    await api.apply(tokenPolicies, { metadata: { name: 'p' } }, { subresource: 'status' });
    await api.apply(configMaps, object, { fieldManager: 'another', force: false });
    await api.delete(configMaps, 'a', 'ours');
    await api.delete(configMaps, 'a', 'ours', { resourceVersion: '7' });
    const fieldManager = 'token-injector';
    expect(server.requests.map(({ method, path, query }) => [method, path, query])).toEqual([
      ['GET', '/api/v1/namespaces/ours/configmaps/a', {}],
      [
        'GET',
        '/apis/token-injector.dev/v1alpha1/tokenpolicies',
        { labelSelector: 'a in (b, c)', fieldSelector: 'metadata.name=x', limit: '500' },
      ],
      ['GET', '/api/v1/namespaces/ours/secrets', { limit: '25' }],
      ['POST', '/api/v1/namespaces/ours/configmaps', { fieldManager, dryRun: 'All' }],
      ['PUT', '/api/v1/namespaces/ours/configmaps/a', { fieldManager }],
      [
        'PATCH',
        '/apis/token-injector.dev/v1alpha1/tokenpolicies/p/status',
        { fieldManager, force: 'true', fieldValidation: 'Strict' },
      ],
      [
        'PATCH',
        '/api/v1/namespaces/ours/configmaps/a',
        { fieldManager: 'another', force: 'false', fieldValidation: 'Strict' },
      ],
      ['DELETE', '/api/v1/namespaces/ours/configmaps/a', {}],
      ['DELETE', '/api/v1/namespaces/ours/configmaps/a', {}],
    ]);
    expect(server.requests.slice(-2).map(({ body }) => body)).toEqual([
      '',
      expect.stringContaining('"preconditions":{"resourceVersion":"7"}'),
    ]);
    const [, , metadataList, create, , apply] = server.requests;
    expect(metadataList?.headers.accept).toBe(
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    );
    expect(create?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(create?.body ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      ...object,
    });
    expect(apply?.headers['content-type']).toBe('application/apply-patch+yaml');
    expect(server.connections()).toBe(1);
  });

  it('escape names in paths', async () => {
    const { api, server } = await openLocal();
    expect(await api.get(configMaps, '../secrets/x?y', 'a/b')).toBeUndefined();
    expect(server.requests[0]?.path).toBe(
      '/api/v1/namespaces/a%2Fb/configmaps/..%2Fsecrets%2Fx%3Fy',
    );
  });

  it('keep the path prefix of the server URL', async () => {
    const server = await startServer();
    const api = await createKubeApi({
      kubeconfig: writeKubeconfig({ cluster: { server: `${server.url}/k8s/clusters/c-1/` } }),
    });
    await api.get(configMaps, 'a', 'ours');
    expect(server.requests[0]?.path).toBe('/k8s/clusters/c-1/api/v1/namespaces/ours/configmaps/a');
  });

  it('retry on a keep-alive connection that the server had closed', async () => {
    const { api, server } = await openLocal();
    await api.get(configMaps, 'a', 'ours');
    server.next((response) => response.destroy());
    expect(await api.get(configMaps, 'a', 'ours')).toBeUndefined();
    expect([server.requests.length, server.connections()]).toEqual([3, 2]);
    const fresh = await openLocal();
    fresh.server.next((response) => response.destroy());
    await expect(fresh.api.get(configMaps, 'a', 'ours')).rejects.toMatchObject({ status: 0 });
    expect(fresh.server.requests).toHaveLength(1);
    // A write may have happened.
    server.next((response) => response.destroy());
    const created = api.create(configMaps, { metadata: { name: 'a', namespace: 'ours' } });
    await expect(created).rejects.toMatchObject({ status: 0, reason: 'ECONNRESET' });
    expect(server.requests).toHaveLength(4);
  });
});

describe('errors', () => {
  it('name the request and the reason of the refusal', async () => {
    const { api, server } = await openLocal();
    server.next(
      status(403, 'Forbidden', 'User "u" cannot list\nresource "configmaps"'),
      status(422, 'Invalid', 'spec.match: Invalid value'),
      status(403, 'Forbidden', 'admission webhook: {"token":"hunter2"}'),
      (response) => response.writeHead(502).end('<html>Bad Gateway</html>'),
    );
    await expect(api.list(configMaps, { namespace: 'ours' })).rejects.toMatchObject({
      status: 403,
      reason: 'Forbidden',
      message:
        'cannot list configmaps in namespace ours: 403 Forbidden: User "u" cannot list resource "configmaps"',
    });
    await expect(api.apply(tokenPolicies, { metadata: { name: 'p' } })).rejects.toThrow(
      'cannot apply TokenPolicy p: 422 Invalid: spec.match: Invalid value',
    );
    const secret = { metadata: { name: 's', namespace: 'ours' } };
    await expect(api.create(secrets, secret)).rejects.toMatchObject({
      message: 'cannot create Secret ours/s: 403 Forbidden',
    });
    await expect(api.get(configMaps, 'a', 'ours')).rejects.toMatchObject({
      status: 502,
      message: 'cannot get ConfigMap ours/a: 502',
    });
  });

  it('retry an overloaded server after its Retry-After, a few times', async () => {
    const waits: number[] = [];
    const { api, server } = await openLocal({ delay: async (ms) => void waits.push(ms) });
    const busy = (after: string) => status(429, 'TooManyRequests', '', { 'retry-after': after });
    server.next(busy('1'), busy('3'), json({ metadata: { name: 'a' } }));
    expect(await api.get(configMaps, 'a', 'ours')).toBeDefined();
    server.otherwise(busy('3600'));
    await expect(api.list(configMaps)).rejects.toMatchObject({ status: 429 });
    expect(waits).toEqual([1000, 3000, 30_000, 30_000, 30_000, 30_000]);
    server.otherwise(status(429, 'TooManyRequests'));
    await expect(api.list(configMaps)).rejects.toMatchObject({ status: 429 });
    expect(waits).toHaveLength(6);
    expect(server.connections()).toBe(1);
  });
});

describe('answers', () => {
  it('that are late, too long or not JSON are errors that quote nothing', async () => {
    const { api, server } = await openLocal({ timeoutMs: 60_000, maxBytes: 50 });
    const hasty = await createKubeApi({ kubeconfig: server.kubeconfig, timeoutMs: 100 });
    const long = JSON.stringify({ token: 'hunter2'.repeat(10) });
    const late = `no answer from ${server.url} within 0.1 s`;
    const answers: [KubeApi, Answer, string][] = [
      [hasty, () => undefined, late],
      [hasty, (response) => response.writeHead(200).write('{"metadata":'), late],
      [api, (response) => response.end('token hunter2'), 'the answer is not JSON'],
      [api, (response) => response.end(long), 'the answer is longer than 50 bytes'],
      [api, json(['hunter2']), 'the answer is no object'],
    ];
    for (const [of, answer, why] of answers) {
      server.otherwise(answer);
      await expect(of.get(secrets, 's', 'ours')).rejects.toMatchObject({
        status: 0,
        message: `cannot get Secret ours/s: ${why}`,
      });
    }
  });

  it('list page by page, and start again when the resourceVersion expires', async () => {
    const { api, server } = await openLocal({ pageSize: 2 });
    const expired = status(410, 'Expired');
    server.next(
      listOf('5', ['a', 'b'], 'more'),
      expired,
      listOf('6', ['b', 'c'], 'rest'),
      listOf('6', ['d']),
    );
    const { resourceVersion, items } = await api.list(configMaps);
    expect([resourceVersion, ...items.map(({ metadata }) => metadata.name)]).toEqual([
      '6',
      'b',
      'c',
      'd',
    ]);
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(server.requests.map(({ query }) => query)).toEqual([
      { limit: '2' },
      { limit: '2', continue: 'more' },
      { limit: '2' },
      { limit: '2', continue: 'rest' },
    ]);
    for (let time = 0; time < 3; time += 1) server.next(listOf('5', ['a'], 'more'), expired);
    await expect(api.list(configMaps)).rejects.toMatchObject({ status: 410 });
    expect(server.requests).toHaveLength(10);
  });
});
