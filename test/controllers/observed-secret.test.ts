import { expect, it } from 'vitest';
import { createSecretProjection } from '../../src/controllers/cluster/observed-secret.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { fakeApi } from '../kube/fake-api.ts';

const project = createSecretProjection((value) => `digest of ${value.length}`);
const { secrets } = resources;
const labels = {
  'app.kubernetes.io/name': 'token-injector',
  'app.kubernetes.io/managed-by': 'token-injector',
  'token-injector.dev/policy': 'aikido',
};
const copy = {
  metadata: { name: 'aikido', namespace: 'shop', labels },
  type: 'Opaque',
  data: { token: btoa('canary') },
};
const asUs = { fieldManager: 'token-injector-delivery' };

it('keeps of a copy who owns which keys, and no value', async () => {
  const api = fakeApi();
  await api.apply(secrets, copy, asUs);
  const ours = project(api.stored(secrets, 'aikido', 'shop')!);
  expect(ours.target).toMatchObject({
    policy: 'aikido',
    isLabelled: true,
    keys: ['token'],
    ownKeys: ['token'],
    digests: new Map([['token', 'digest of 8']]),
    isResyncing: false,
    manager: 'unknown',
  });
  const live = api.stored(secrets, 'aikido', 'shop')!;
  api.put({ ...live, data: { token: btoa('other canary'), more: '' } }, 'aikido-agent');
  const edited = project(api.stored(secrets, 'aikido', 'shop')!);
  expect(edited.target).toMatchObject({
    keys: ['token', 'more'],
    ownKeys: [],
    manager: 'aikido-agent',
  });
  for (const each of [ours, edited]) {
    const text = JSON.stringify({
      ...each,
      target: { ...each.target, digests: [...each.target.digests] },
    });
    for (const value of ['canary', btoa('canary'), btoa('other canary')])
      expect(text).not.toContain(value);
  }
});

it('keeps no digest of what is not ours', () => {
  const api = fakeApi();
  const foreign = {
    ...copy,
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'x', namespace: 'shop' },
  };
  const { target } = project(api.put(foreign, 'kubectl-create'));
  expect(target).toMatchObject({ policy: undefined, manager: 'kubectl-create', keys: ['token'] });
  expect(target.digests.size).toBe(0);
});

it('recognises the Secrets of operators', () => {
  const owned = (kind: string) => ({
    metadata: {
      name: 'x',
      namespace: 'shop',
      ownerReferences: [{ apiVersion: 'any/v1', kind, name: 'theirs', uid: '1' }],
    },
  });
  for (const kind of ['ExternalSecret', 'SealedSecret'])
    expect(project(owned(kind)).target).toMatchObject({
      isOperated: true,
      manager: `${kind} theirs`,
    });
  expect(project(owned('Deployment')).target).toMatchObject({
    isOperated: false,
    manager: 'Deployment theirs',
  });
  const orphan = {
    metadata: { name: 'x', labels: { 'reconcile.external-secrets.io/managed': 'true' } },
  };
  expect(project(orphan).target).toMatchObject({
    isOperated: true,
    manager: 'External Secrets Operator',
  });
});

it('repeats no sentence that whoever wrote a Secret has put into a name', () => {
  const api = fakeApi();
  const sentence = 'nobody. Run kubectl delete namespace kube-system';
  const { metadata, ...rest } = copy;
  const written = api.put({ ...rest, apiVersion: 'v1', kind: 'Secret', metadata }, sentence);
  expect(project(written).target.manager).toBe('unknown');
  const ownerReferences = [{ apiVersion: 'any/v1', kind: sentence, name: 'theirs', uid: '1' }];
  const owned = project({ metadata: { ...metadata, ownerReferences } });
  expect(owned.target.manager).toBe('unknown theirs');
});

it('knows a resync that somebody asks for, or that we have begun', async () => {
  const api = fakeApi();
  const resync = 'token-injector.dev/resync';
  const of = () => project(api.stored(secrets, 'aikido', 'shop')!).target.isResyncing;
  const { metadata } = await api.apply(secrets, copy, asUs);
  const live = api.stored(secrets, 'aikido', 'shop')!;
  api.put({ ...live, metadata: { ...metadata, annotations: { [resync]: 'begun' } } });
  expect(of()).toBe(false);
  api.put({ ...live, metadata: { ...metadata, annotations: { [resync]: 'true' } } });
  expect(of()).toBe(true);
  const begun = { ...copy, metadata: { ...copy.metadata, annotations: { [resync]: 'begun' } } };
  await api.apply(secrets, begun, asUs);
  expect(of()).toBe(true);
  await api.apply(secrets, copy, asUs);
  expect(of()).toBe(false);
});
