import { describe, expect, it } from 'vitest';
import { controllerNames } from '../../src/controllers/create-controllers.ts';
import type { KubeObject } from '../../src/kube/client/api.ts';
import { type Resource, resources } from '../../src/kube/client/resources.ts';
import { type FakeApi, fakeApi } from '../kube/fake-api.ts';
import {
  type RunningController,
  clusterRole,
  startController,
  tokenPolicy,
} from './controller-under-test.ts';

let running: RunningController;

const inNamespace = (kind: string, name: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'one', ...(kind === 'Pod' && { labels: { agent: 'agent' } }) },
  ...more,
});
const pod = inNamespace('Pod', 'agent-1', { spec: { containers: [{ name: 'app' }] } });
const secret = inNamespace('Secret', 'agent-secret', { data: { token: btoa('canary-token') } });
const cluster = (...objects: readonly KubeObject[]) =>
  fakeApi([
    clusterRole('token-injector'),
    tokenPolicy('agent'),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'one' } },
    pod,
    ...objects,
  ]);
const forAdmission = controllerNames.filter((name) => name !== 'secrets');
const start = (api: FakeApi, controllers: readonly string[], more: object = {}) =>
  startController([], { api, controllers, secretNames: ['agent-secret'], ...more });
const status = () => running.policy('agent').status;
const reasonOf = (type: string) =>
  status()?.conditions.find((condition) => condition.type === type)?.reason;
const events = () =>
  running.api.all(resources.events).filter(({ metadata }) => metadata.namespace === 'default');
const requested = (api: FakeApi) =>
  new Set(api.requests.map(({ verb, kind }) => (verb === 'watch' ? kind : `${verb} ${kind}`)));

it('two processes write one status, each its own part of it', async () => {
  const api = cluster();
  const admission = start(api, forAdmission, { hasSecretsController: true });
  running = start(api, ['secrets'], { clock: admission.clock });
  await running.until(() => {
    expect(reasonOf('SecretReady')).toBe('SecretMissing');
    expect(reasonOf('Injected')).toBe('Missed');
  });
  expect(status()).toMatchObject({
    observedGeneration: 1,
    pods: { selected: 1 },
    namespaces: 1,
    problems: [{ namespace: 'one' }],
  });
  const managers = api
    .stored(resources.tokenPolicies, 'agent')!
    .metadata.managedFields!.filter(({ subresource }) => subresource === 'status')
    .map(({ manager = '' }) => manager);
  expect(managers.toSorted()).toEqual(['token-injector', 'token-injector-secrets']);
  api.put(secret);
  await running.until(() => expect(reasonOf('SecretReady')).toBe('Present'));
  expect(status()).toMatchObject({ problems: [], pods: { selected: 1 } });
  expect(JSON.stringify([api.all(resources.tokenPolicies), events()])).not.toContain('canary');
});

it('the one that may read tokens writes nothing of admission', async () => {
  running = start(cluster(secret), ['secrets']);
  await running.until(() => expect(reasonOf('SecretReady')).toBe('Present'));
  await running.rest();
  const read = [
    'ClusterRole',
    'MutatingWebhookConfiguration',
    'Namespace',
    'Pod',
    'Secret',
    'TokenPolicy',
  ];
  const expected = [...read, 'apply TokenPolicy', ...read.map((kind) => `list ${kind}`)];
  expect(requested(running.api)).toEqual(new Set(expected));
});

it('the one that writes admission asks for no token Secret', async () => {
  running = start(cluster(secret), forAdmission, { hasSecretsController: true });
  await running.until(() => expect(reasonOf('Injected')).toBe('Missed'));
  await running.rest();
  const names = running.api.requests.filter(({ kind }) => kind === 'Secret');
  expect(new Set(names.map(({ name }) => name))).not.toContain('agent-secret');
  expect(reasonOf('SecretReady')).toBeUndefined();
});

it('where no process reads Secrets, the status says so, and nothing stale remains', async () => {
  const api = cluster();
  running = start(api, ['secrets']);
  await running.until(() => expect(reasonOf('SecretReady')).toBe('SecretMissing'));
  await running.stop();
  running = start(api, forAdmission, { clock: running.clock, hasSecretsController: false });
  await running.until(() => expect(reasonOf('SecretReady')).toBe('NotPermitted'));
  expect(status()).toMatchObject({
    namespaces: 1,
    problems: [],
    moreProblems: 0,
    conditions: expect.arrayContaining([
      expect.objectContaining({ message: expect.stringContaining('config.secretNames') }),
    ]),
  });
  await running.stop();
  // And back.
  running = start(api, ['secrets'], { clock: running.clock });
  await running.until(() => expect(reasonOf('SecretReady')).toBe('SecretMissing'));
  expect(status()?.problems).toHaveLength(1);
});

it('an Event on the policy says what SecretReady has become, once', async () => {
  running = start(cluster(), ['secrets']);
  await running.until(() =>
    expect(events()).toMatchObject([
      {
        metadata: { name: 'agent.secret-ready' },
        involvedObject: { kind: 'TokenPolicy', name: 'agent', uid: expect.any(String) },
        type: 'Warning',
        reason: 'SecretMissing',
        message: expect.stringContaining('namespace one'),
      },
    ]),
  );
  running.api.put(secret);
  await running.until(() =>
    expect(events()).toMatchObject([{ type: 'Normal', reason: 'Present' }]),
  );
  const writes = () => running.api.requests.filter(({ kind }) => kind === 'Event').length;
  expect(writes()).toBe(2);
  running.api.put({ ...pod, metadata: { ...pod.metadata, name: 'agent-2' } });
  await running.rest();
  expect(writes()).toBe(2);
});

it('an Event that could not be written holds up no status, and is written later', async () => {
  const api = cluster();
  const restore = api.refuse({ status: 500, when: ({ kind }) => kind === 'Event' });
  running = start(api, ['secrets']);
  await running.until(() => expect(reasonOf('SecretReady')).toBe('SecretMissing'));
  expect(events()).toEqual([]);
  restore();
  await running.until(() => expect(events()).toMatchObject([{ reason: 'SecretMissing' }]));
});

it('a policy without a problem makes no Event', async () => {
  running = start(cluster(secret), ['secrets']);
  await running.until(() => expect(reasonOf('SecretReady')).toBe('Present'));
  expect(events()).toEqual([]);
});

it('what is reported forgets a policy that is deleted', async () => {
  running = start(cluster(), ['secrets']);
  await running.until(() => expect(running.reported.secrets).toEqual(['agent SecretMissing 1']));
  running.api.remove(resources.tokenPolicies, 'agent');
  await running.until(() => expect(running.reported.secrets).toEqual([]));
});

it('says nothing while another release has the registration', async () => {
  const { apiVersion, kind } = resources.mutatingWebhookConfigurations;
  const { apiVersion: rbac, kind: role } = resources.clusterRoles;
  const owner = { apiVersion: rbac, kind: role, name: 'elsewhere', uid: 'u' };
  const metadata = { name: 'token-injector', ownerReferences: [owner] };
  running = start(cluster({ apiVersion, kind, metadata }), ['secrets']);
  await running.rest();
  expect(status()).toBeUndefined();
  expect(running.problems).toContain('other release: elsewhere');
  running.api.remove(resources.mutatingWebhookConfigurations, 'token-injector');
  await running.until(() => expect(reasonOf('SecretReady')).toBe('SecretMissing'));
});

describe('a Secret that an operator makes', () => {
  const { externalSecrets, sealedSecrets } = resources;
  const policyFrom = (kind: string) =>
    tokenPolicy('agent', { secret: { name: 'agent-secret', source: { kind } } });
  const made = (resource: Resource, type: string, condition: object): KubeObject => ({
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: { name: 'agent-secret', namespace: 'one' },
    status: { conditions: [{ type, ...condition }] },
  });
  const message = () =>
    status()?.conditions.find(({ type }) => type === 'SecretReady')?.message ?? '';

  it('says what External Secrets Operator says, as it changes', async () => {
    const error = { status: 'False', reason: 'SecretSyncedError', message: 'canary-token' };
    const api = cluster(made(externalSecrets, 'Ready', error));
    api.put(policyFrom('ExternalSecret'));
    running = start(api, ['secrets']);
    await running.until(() =>
      expect(message()).toContain('ExternalSecret agent-secret is not ready: SecretSyncedError'),
    );
    expect(reasonOf('SecretReady')).toBe('SecretMissing');
    api.put(secret);
    await running.until(() => expect(reasonOf('SecretReady')).toBe('SourceNotReady'));
    api.put(made(externalSecrets, 'Ready', { status: 'True', reason: 'SecretSynced' }));
    await running.until(() => expect(reasonOf('SecretReady')).toBe('Present'));
    expect(events()).toMatchObject([{ reason: 'Present' }]);
    expect(JSON.stringify([api.all(resources.tokenPolicies), events()])).not.toContain('canary');
  });

  it('says what the controller of Sealed Secrets says', async () => {
    const error = { status: 'False', message: 'no key could decrypt secret (token)' };
    const api = cluster(made(sealedSecrets, 'Synced', error));
    api.put(policyFrom('SealedSecret'));
    running = start(api, ['secrets']);
    await running.until(() =>
      expect(message()).toContain('is not synced: no key could decrypt secret (token)'),
    );
  });

  it('says once that an operator is not installed, and sees it within a minute when it is', async () => {
    const api = cluster(made(externalSecrets, 'Ready', { status: 'True' }));
    api.put(policyFrom('ExternalSecret'));
    const install = api.refuse({ status: 404, when: ({ kind }) => kind === 'ExternalSecret' });
    running = start(api, ['secrets']);
    await running.until(() => expect(message()).toContain('its operator is not installed'));
    expect(reasonOf('SecretReady')).toBe('SecretMissing');
    await running.pass(600_000);
    expect(running.problems).toEqual([
      expect.stringMatching(/^watch of externalsecrets: cannot list ExternalSecret/),
    ]);
    const asked = () => api.requests.filter(({ kind }) => kind === 'ExternalSecret').length;
    const before = asked();
    await running.pass(600_000);
    expect(asked() - before).toBeLessThan(30);
    install();
    await running.pass(60_000);
    expect(message()).toContain('ExternalSecret agent-secret is ready, so it makes another Secret');
    expect(running.problems.at(-1)).toBe('watch of externalsecrets: works again');
    // And taken away again.
    api.refuse({ status: 404, when: ({ kind }) => kind === 'ExternalSecret' });
    api.cutWatches();
    await running.until(() => expect(message()).toContain('its operator is not installed'));
  });

  it('is not looked for where no policy says so', async () => {
    running = start(cluster(), ['secrets']);
    await running.until(() => expect(reasonOf('SecretReady')).toBe('SecretMissing'));
    expect([...requested(running.api)].join()).not.toMatch(/ExternalSecret|SealedSecret/);
  });
});
