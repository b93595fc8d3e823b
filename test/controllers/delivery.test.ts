import { expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { type FakeApi, fakeApi } from '../kube/fake-api.ts';
import {
  type RunningController,
  clusterRole,
  startController,
  tokenPolicy,
} from './controller-under-test.ts';

const { secrets, namespaces, tokenPolicies } = resources;
const name = 'agent-secret';
const namespace = (each: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: each, ...more },
});
const secret = (where: string, data: object, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: where, labels: { team: 'security' } },
  type: 'kubernetes.io/of-others',
  data,
  ...more,
});
const token = (value: string) => ({ token: btoa(`canary-${value}`) });
const policy = (more: object = {}, namespacesOf: readonly string[] = ['one', 'two']) =>
  tokenPolicy('agent', {
    match: { podSelector: { matchLabels: { agent: 'agent' } }, namespaces: namespacesOf },
    secret: { name, source: { namespace: 'home' }, ...more },
  });
const cluster = (...objects: readonly KubeObject[]) =>
  fakeApi([
    clusterRole('token-injector'),
    ...['home', 'one', 'two'].map((each) => namespace(each)),
    ...objects,
  ]);
const start = (api: FakeApi, more: object = {}): RunningController =>
  startController([], { api, controllers: ['delivery', 'secrets'], secretNames: [name], ...more });
const copy = (api: FakeApi, where: string) => api.stored(secrets, name, where);
const ready = (running: RunningController) => {
  const { status, reason, message } = running
    .policy('agent')
    .status!.conditions.find(({ type }) => type === 'SecretReady')!;
  return { status, reason, message };
};
const writes = (api: FakeApi) =>
  api.requests.filter(({ verb, kind }) => kind === 'Secret' && ['apply', 'delete'].includes(verb));

it('delivers the keys and nothing else of the Secret, and follows it', async () => {
  const api = cluster(secret('home', token('1')), policy());
  const running = start(api);
  await running.until(() => expect(copy(api, 'two')).toBeDefined());
  const { uid } = api.stored(tokenPolicies, 'agent')!.metadata;
  expect(copy(api, 'one')).toMatchObject({ type: 'Opaque', data: token('1') });
  expect(copy(api, 'one')!.metadata.labels).toEqual({
    'app.kubernetes.io/name': 'token-injector',
    'app.kubernetes.io/managed-by': 'token-injector',
    'token-injector.dev/policy': 'agent',
  });
  expect(copy(api, 'one')!.metadata.ownerReferences).toEqual([
    { apiVersion: 'token-injector.dev/v1alpha1', kind: 'TokenPolicy', name: 'agent', uid },
  ]);
  api.put(secret('home', { ...token('2'), more: 'eA==' }, { immutable: true }));
  await running.until(() =>
    expect(copy(api, 'two')).toMatchObject({ data: { ...token('2'), more: 'eA==' } }),
  );
  api.put(secret('home', token('3')));
  await running.until(() => expect(copy(api, 'one')!['data']).toEqual(token('3')));
});

it('writes nothing where all is as it should be, also after a restart', async () => {
  const api = cluster(secret('home', token('1')), policy({ template: { token: '${token}!' } }));
  const first = start(api);
  await first.until(() => expect(copy(api, 'two')).toBeDefined());
  await first.rest();
  await first.stop();
  const before = writes(api).length;
  expect(before).toBe(2);
  const second = start(api, { clock: first.clock });
  await second.rest();
  expect(writes(api)).toHaveLength(before);
  expect(second.problems).toEqual([]);
});

it('reads the Secret once for all namespaces that are at work', async () => {
  const many = Array.from({ length: 60 }, (_, index) => `n${index}`);
  const api = cluster(
    ...many.map((each) => namespace(each)),
    secret('home', token('1')),
    policy({}, many),
  );
  const running = start(api);
  await running.until(() => expect(copy(api, 'n59')).toBeDefined());
  await running.rest();
  expect(writes(api)).toHaveLength(many.length);
  expect(api.requests.filter(({ verb }) => verb === 'get').length).toBeLessThan(10);
});

it('makes the keys of the template, in a namespace that begins to match too', async () => {
  const api = cluster(
    secret('home', token('1')),
    tokenPolicy('agent', {
      match: { namespaceSelector: { matchLabels: { team: 'a' } } },
      secret: {
        name,
        source: { namespace: 'home' },
        template: { 'config.yaml': 'apiToken: ${token} é\n', token: '${token}' },
        everyNamespace: true,
      },
    }),
  );
  const running = start(api);
  await running.rest();
  expect(writes(api)).toEqual([]);
  api.put(namespace('one', { labels: { team: 'a' } }));
  await running.until(() => expect(copy(api, 'one')).toBeDefined());
  const { 'config.yaml': config = '' } = copy(api, 'one')!['data'] as Record<string, string>;
  expect(Buffer.from(config, 'base64').toString()).toBe('apiToken: canary-1 é\n');
  api.put(namespace('one', { labels: { team: 'b' } }));
  await running.until(() => expect(copy(api, 'one')).toBeUndefined());
});

it('leaves what it delivered where the source or the policy becomes unreadable', async () => {
  const api = cluster(secret('home', token('1')), policy());
  const running = start(api);
  await running.until(() => expect(copy(api, 'two')).toBeDefined());
  api.remove(secrets, name, 'home');
  await running.until(() => expect(ready(running)).toMatchObject({ reason: 'SourceMissing' }));
  const live = api.stored(tokenPolicies, 'agent')!;
  api.put({ ...live, spec: { ...(live['spec'] as object), secret: { name: 'Not A Name' } } });
  await running.until(() => expect(ready(running)).toMatchObject({ reason: 'Invalid' }));
  await running.rest();
  expect(copy(api, 'one')).toMatchObject({ data: token('1') });
  api.put(policy({ source: {} }));
  await running.until(() => expect(copy(api, 'one')).toBeUndefined());
  expect(copy(api, 'two')).toBeUndefined();
});

it('steps back where another writer has the data, until it is asked to take it back', async () => {
  const api = cluster(secret('home', token('1')), policy());
  const running = start(api);
  await running.until(() => expect(copy(api, 'two')).toBeDefined());
  api.put({ ...copy(api, 'one')!, data: token('renewed') }, 'aikido-agent');
  await running.until(() => expect(ready(running)).toMatchObject({ reason: 'TakenOver' }));
  expect(ready(running)).toMatchObject({
    status: 'True',
    message: expect.stringContaining('another writer (aikido-agent)'),
  });
  api.put(secret('home', token('2')));
  await running.until(() => expect(copy(api, 'two')).toMatchObject({ data: token('2') }));
  expect(copy(api, 'one')).toMatchObject({ data: token('renewed') });
  const annotations = { 'token-injector.dev/resync': 'true' };
  const taken = copy(api, 'one')!;
  api.put({ ...taken, metadata: { ...taken.metadata, annotations } }, 'kubectl-annotate');
  await running.until(() => expect(copy(api, 'one')).toMatchObject({ data: token('2') }));
  await running.rest();
  expect(copy(api, 'one')!.metadata.annotations).toEqual({
    'token-injector.dev/source': 'home/agent-secret',
  });
  expect(ready(running).reason).not.toBe('TakenOver');
});

it("leaves another's Secret as it is, and says whose it is unless an operator provides it", async () => {
  const owner = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    name: 'x',
    uid: '1',
  };
  const operated = secret('two', token('operated'));
  const api = cluster(
    secret('home', token('1')),
    writtenBy(secret('one', token('by hand')), 'kubectl-create'),
    { ...operated, metadata: { ...operated.metadata, ownerReferences: [owner] } },
    policy(),
  );
  const before = [copy(api, 'one'), copy(api, 'two')];
  const running = start(api);
  await running.until(() => expect(ready(running)).toMatchObject({ reason: 'Conflict' }));
  await running.rest();
  expect([copy(api, 'one'), copy(api, 'two')]).toEqual(before);
  expect(ready(running).message).toContain('kubectl-create');
  expect(running.policy('agent').status!.problems).toHaveLength(1);
  api.remove(secrets, name, 'one');
  await running.until(() => expect(copy(api, 'one')).toMatchObject({ data: token('1') }));
});

function writtenBy(object: KubeObject, manager: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, managedFields: [{ manager }] } };
}

it('tells what the API server refuses, without its words about the Secret, and tries again', async () => {
  const api = cluster(secret('home', token('1')), policy({}, ['one']));
  const refused =
    'secrets "x" is forbidden: User "a" cannot patch resource "secrets" in API group ""';
  const end = api.refuse({
    status: 403,
    message: refused,
    when: ({ verb, kind }) => verb === 'apply' && kind === 'Secret',
  });
  const running = start(api);
  await running.until(() => expect(ready(running)).toMatchObject({ reason: 'NotPermitted' }));
  expect(ready(running)).toMatchObject({
    status: 'Unknown',
    message: expect.stringContaining('config.deliveredSecretNames'),
  });
  end();
  const quota = api.refuse({
    status: 403,
    message: 'cannot apply Secret one/agent-secret: 403 Forbidden: exceeded quota: q',
    when: ({ verb, kind }) => verb === 'apply' && kind === 'Secret',
  });
  await running.until(() => expect(ready(running)).toMatchObject({ reason: 'DeliveryFailed' }));
  expect(ready(running).message).toContain('exceeded quota: q');
  quota();
  await running.until(() => expect(copy(api, 'one')).toBeDefined());
  await running.rest();
  expect(ready(running).reason).toBe('NoAgentPods');
});

it('delivers also beside a Secret that has our label and may not be deleted', async () => {
  const labels = { 'token-injector.dev/policy': 'agent' };
  const other = secret('one', {}, { metadata: { name: 'other', namespace: 'one', labels } });
  const api = cluster(secret('home', token('1')), other, policy({}, ['one']));
  api.refuse({ status: 403, when: ({ verb, kind }) => verb === 'delete' && kind === 'Secret' });
  const running = start(api, { secretNames: [name, 'other'] });
  await running.until(() => expect(copy(api, 'one')).toMatchObject({ data: token('1') }));
  expect(api.stored(secrets, 'other', 'one')).toBeDefined();
});

it('delivers the Secret that an ExternalSecret makes, whatever its name', async () => {
  const made = secret('home', token('1'));
  const external = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: 'aikido', namespace: 'home' },
    spec: { target: { name: 'made' } },
  };
  const api = cluster(
    { ...made, metadata: { ...made.metadata, name: 'made' } },
    external,
    policy({ source: { kind: 'ExternalSecret', name: 'aikido', namespace: 'home' } }),
  );
  const running = start(api, { secretNames: [name, 'made'] });
  await running.until(() => expect(copy(api, 'one')).toMatchObject({ data: token('1') }));
  api.put({ ...external, spec: { target: { name: 'not-permitted' } } });
  await running.until(() => expect(ready(running)).toMatchObject({ reason: 'NotPermitted' }));
  expect(ready(running).message).toContain('not-permitted');
});

it('does not try a namespace that is being deleted, and delivers to it once it is there again', async () => {
  const api = cluster(secret('home', token('1')), policy());
  api.put(namespace('one', { deletionTimestamp: '2026-01-01T00:00:00Z' }));
  const running = start(api);
  await running.until(() => expect(copy(api, 'two')).toBeDefined());
  await running.rest();
  expect(writes(api)).toHaveLength(1);
  api.remove(namespaces, 'one');
  api.put(namespace('one'));
  await running.until(() => expect(copy(api, 'one')).toBeDefined());
  expect(running.problems).toEqual([]);
});

it.each([
  ['a policy moves to a namespace that has a copy', 'one'],
  ['somebody made by copying a copy', 'home'],
])('never deletes the Secret that %s', async (_, to) => {
  const api = cluster(secret('home', token('1')), policy());
  const running = start(api);
  await running.until(() => expect(copy(api, 'two')).toBeDefined());
  const { labels, ownerReferences } = copy(api, 'one')!.metadata;
  if (to === 'home') {
    const { metadata } = secret('home', {});
    const copied = { ...metadata, labels, ownerReferences };
    api.put(secret('home', token('1'), { metadata: copied }));
  } else api.put(policy({ source: { namespace: to } }));
  await running.rest();
  expect(copy(api, to)).toMatchObject({ data: token('1') });
  api.put({ ...copy(api, to)!, data: token('2') });
  await running.until(() => expect(copy(api, 'two')!['data']).toEqual(token('2')));
});

it('says no value anywhere', async () => {
  const api = cluster(
    secret('home', { ...token('1'), binary: '/w==' }),
    writtenBy(secret('one', token('2')), 'canary'),
    policy({ template: { token: '${token}${binary}' } }),
  );
  const running = start(api);
  await running.until(() => expect(ready(running)).toMatchObject({ reason: 'TemplateInvalid' }));
  const text = JSON.stringify([
    running.problems,
    api.all(tokenPolicies),
    api.all(resources.events),
  ]);
  expect(text).not.toContain('canary-');
  expect(text).not.toContain(btoa('canary-').slice(0, 8));
});
