import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Api, type KubeObject, accepted } from '../api.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { variablePolicy } from '../registration.ts';
import { rightsInForce } from '../rights-in-force.ts';
import { describeCluster } from '../suite.ts';
import { type InstalledDefinition, installDefinition } from '../token-policy-definition.ts';
import { objectsIn, renderChart } from './render.ts';

// Not the name of a real installation, which the cluster may have as well.
const name = 'token-injector-delivers';
const policyLabel = 'token-injector.dev/policy';
const policyNamed = (called: string): KubeObject => ({
  ...(variablePolicy as unknown as KubeObject),
  metadata: { name: called },
});
/** An owner that is there: the garbage collector deletes what has none. */
const ownerOf = ({ apiVersion, kind, metadata: { name: called = '', uid } }: KubeObject) => ({
  apiVersion,
  kind,
  name: called,
  uid,
});
const labels = {
  'app.kubernetes.io/name': 'token-injector',
  'app.kubernetes.io/managed-by': 'token-injector',
  [policyLabel]: 'a',
};
const ofAccount = { 'kubernetes.io/service-account.name': 'default' };

describeCluster('the guard of the secrets controller', ({ api, kubectl }) => {
  const all: KubeObject[] = [];
  let definition: InstalledDefinition;
  let policy: ReturnType<typeof ownerOf>;
  let other: ReturnType<typeof ownerOf>;
  let own = '';
  let excluded = '';
  let namespace = '';
  let account: Api;
  const secret = (metadata: object = {}, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    data: { token: 'eA==' },
    ...more,
    metadata: { name: 'delivered', namespace, labels, ownerReferences: [policy], ...metadata },
  });
  const apply = (object: KubeObject) => account.apply(object, { force: true });

  beforeAll(async () => {
    own = await createNamespace(api, 'secrets-guard');
    excluded = await createNamespace(api, 'excluded');
    namespace = await createNamespace(api, 'delivered-to');
    definition = await installDefinition(api);
    policy = ownerOf(await accepted(api.create(policyNamed(namespace))));
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace } };
    other = ownerOf(await accepted(api.create(configMap)));
    const values = `
fullnameOverride: ${name}
excludedNamespaces: [${excluded}]
config: {deliveredSecretNames: [delivered, other]}`;
    all.push(
      ...objectsIn(await renderChart(values, own)).filter(({ kind, metadata }) =>
        kind.startsWith('ValidatingAdmissionPolicy')
          ? /delivered-secrets|secrets-leases/.test(metadata.name!)
          : /^(ServiceAccount|(Cluster)?Role(Binding)?)$/.test(kind) &&
            metadata.name!.endsWith('secrets-controller'),
      ),
    );
    for (const object of all) await accepted(api.apply(object));
    await rightsInForce(api, all);
    const user = `system:serviceaccount:${own}:${name}-secrets-controller`;
    account = api.as(user, ['system:serviceaccounts', 'system:authenticated']);
    await eventually('the guard to be in force', async () => {
      expect((await apply(secret({ labels: {} }))).ok).toBe(false);
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
      const notOurs = { ...lease, metadata: { name: 'other', namespace: own } };
      expect((await account.create(notOurs)).ok).toBe(false);
    });
    await api.delete(secret());
  });
  afterAll(async () => {
    const input = all.map((object) => stringify(object)).join('---\n');
    await kubectl(['delete', '--ignore-not-found', '-f', '-'], { input });
    for (const one of [own, excluded, namespace]) await deleteNamespace(api, one);
    await api.delete(policyNamed(namespace));
    await definition.remove();
  });

  it('lets the account deliver a Secret, change it and take it back', async () => {
    await accepted(apply(secret()));
    await accepted(apply(secret({}, { data: { token: 'eQ==' } })));
    // What others add stays theirs.
    const added = {
      labels: { team: 'a' },
      annotations: { 'a.test/b': 'c' },
      ownerReferences: [policy, other],
      finalizers: ['a.test/b'],
    };
    await accepted(api.patch(secret(), { metadata: added }));
    await accepted(apply(secret({}, { data: { token: 'eg==' } })));
    const resync = { annotations: { 'token-injector.dev/resync': 'begun' } };
    await accepted(apply(secret(resync)));
    await accepted(apply(secret()));
    for (const changed of [{ labels: { team: 'b' } }, { annotations: { 'a.test/b': 'd' } }])
      expect(await account.patch(secret(), { metadata: changed })).toMatchObject({ status: 422 });
    await accepted(api.patch(secret(), { metadata: { finalizers: [] } }));
    await accepted(account.delete(secret()));
  });

  it.each<[string, () => KubeObject]>([
    ['without the labels', () => secret({ labels: { ...labels, 'app.kubernetes.io/name': 'x' } })],
    ['without the policy', () => secret({ labels: { ...labels, [policyLabel]: '' } })],
    [
      'of an account',
      () => secret({ annotations: ofAccount }, { type: 'kubernetes.io/service-account-token' }),
    ],
    [
      'that Argo CD takes for a repository',
      () => secret({ labels: { ...labels, 'argocd.argoproj.io/secret-type': 'repository' } }),
    ],
    [
      'that another controller fills with the content of another',
      () => secret({ annotations: { 'reflector.v1.k8s.emberstack.com/reflects': 'a/b' } }),
    ],
    ['of another type', () => secret({}, { type: 'example.com/token' })],
    ['that nothing owns', () => secret({ ownerReferences: [] })],
    ['that something else owns', () => secret({ ownerReferences: [policy, other] })],
    [
      'that holds up the deletion of its policy',
      () => secret({ ownerReferences: [{ ...policy, blockOwnerDeletion: true }] }),
    ],
    ['with a finalizer', () => secret({ finalizers: ['a.test/b'] })],
    ['in its own namespace', () => secret({ namespace: own })],
    ['in an excluded namespace', () => secret({ namespace: excluded })],
  ])('keeps the account from making a Secret %s', async (_, object) => {
    const answer = await apply(object());
    expect(answer).toMatchObject({ ok: false, status: 422 });
    expect(JSON.stringify(answer.body)).toContain('delivered-secrets');
  });

  it('keeps the account from a Secret that it did not deliver, by apply, patch and delete', async () => {
    const theirs = secret({ name: 'other', labels: { team: 'a' }, ownerReferences: [] });
    await accepted(api.create(theirs));
    const attempts = [
      () => apply(secret({ name: 'other' })),
      () => account.patch(theirs, { data: { token: 'eQ==' } }),
      () => account.patch(theirs, { metadata: { labels, ownerReferences: [policy] } }),
      () => account.delete(theirs),
    ];
    for (const attempt of attempts) {
      const { ok, body } = await attempt();
      expect(ok).toBe(false);
      expect(JSON.stringify(body)).toContain('only Secrets that it delivered');
    }
    // Without a right to it.
    for (const attempt of [
      () => account.create(secret({ name: 'other' })),
      () => account.replace(theirs),
      () => apply(secret({ name: 'third' })),
      () => account.delete(secret({ name: 'third' })),
    ])
      expect(await attempt()).toMatchObject({ ok: false, status: 403 });
    expect(await accepted(api.get(theirs))).toMatchObject({
      data: theirs.data,
      metadata: { labels: { team: 'a' } },
    });
    await accepted(api.delete(theirs));
  });
});
