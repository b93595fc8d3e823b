import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { type ForeignDefinitions, installForeignDefinitions } from './foreign-definitions.ts';
import { type Installation, openInstallation } from './installation.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import type { PolicyView } from './policy-view.ts';
import { agentPod, variablePolicy } from './registration.ts';
import { describeCluster } from './suite.ts';

const secretName = 'made-by-an-operator';
const canary = 'canary-token';

describeCluster('a Secret that an operator makes', ({ api, kubectl, kubeconfig, startedHere }) => {
  let home: Installation;
  let namespace = '';
  const definitions: ForeignDefinitions[] = [];
  const policyFrom = (kind: string): KubeObject => {
    const { spec, ...policy } = variablePolicy as unknown as KubeObject & { readonly spec: object };
    return { ...policy, spec: { ...spec, secret: { name: secretName, source: { kind } } } };
  };
  const object = (apiVersion: string, kind: string, spec: object) => ({
    apiVersion,
    kind,
    metadata: { name: secretName, namespace },
    spec,
  });
  const externalSecret = () =>
    object('external-secrets.io/v1', 'ExternalSecret', {
      secretStoreRef: { kind: 'SecretStore', name: 'store' },
      data: [{ secretKey: 'token', remoteRef: { key: 'a' } }],
    });
  const sealedSecret = () =>
    object('bitnami.com/v1alpha1', 'SealedSecret', { encryptedData: { token: 'AgB' } });
  /** As its operator does. */
  const setCondition = async (of: KubeObject, condition: object) => {
    const lastTransitionTime = '2026-01-01T00:00:00Z';
    const conditions = [{ lastTransitionTime, lastUpdateTime: lastTransitionTime, ...condition }];
    await accepted(api.patch(of, { status: { conditions } }, { subresource: 'status' }));
  };
  const says = (reason: string, words: string) =>
    eventually(`SecretReady to be ${reason}: ${words}`, async () => {
      const { status } = await accepted(api.get<PolicyView>(policyFrom('Secret')));
      const found = status?.conditions.find(({ type }) => type === 'SecretReady');
      expect(found).toMatchObject({ reason, message: expect.stringContaining(words) });
    });

  beforeAll(async () => {
    // In a cluster of somebody else the operators may be at work.
    if (!startedHere) return;
    home = await openInstallation(api, kubeconfig);
    namespace = await createNamespace(api, 'sources');
    await accepted(api.create(agentPod(namespace)));
  });
  afterAll(async () => {
    if (!startedHere) return;
    await home.endAll();
    await api.delete(policyFrom('Secret'));
    for (const one of definitions) await one.remove();
    await deleteNamespace(api, namespace);
    await home.close();
  });

  it.runIf(startedHere)(
    'is judged with what its operator says, also one installed later',
    async () => {
      await accepted(api.create(policyFrom('ExternalSecret')));
      const controller = await home.startController([
        '--controllers=secrets',
        `--secret-names=${secretName}`,
        '--lease=secrets',
      ]);
      await says('SecretMissing', 'its operator is not installed');
      definitions.push(await installForeignDefinitions(kubectl, 'external-secrets'));
      await says('SecretMissing', `there is no ExternalSecret ${secretName}`);

      await accepted(api.create(externalSecret()));
      await says('SecretMissing', 'was not reconciled yet');
      const failing = {
        type: 'Ready',
        status: 'False',
        reason: 'SecretSyncedError',
        message: canary,
      };
      await setCondition(externalSecret(), failing);
      await says('SecretMissing', `ExternalSecret ${secretName} is not ready: SecretSyncedError`);
      const metadata = { name: secretName, namespace };
      const stringData = { token: canary };
      await accepted(api.create({ apiVersion: 'v1', kind: 'Secret', metadata, stringData }));
      await says('SourceNotReady', `Secret ${secretName} stays as it is`);
      await setCondition(externalSecret(), {
        type: 'Ready',
        status: 'True',
        reason: 'SecretSynced',
      });
      await says('Present', 'holds every key');

      await accepted(
        api.patch(policyFrom('SealedSecret'), {
          spec: { secret: { source: { kind: 'SealedSecret' } } },
        }),
      );
      await says('Present', 'does not know the kind SealedSecret');
      definitions.push(await installForeignDefinitions(kubectl, 'sealed-secrets'));
      await says('Present', `there is no SealedSecret ${secretName}`);
      await accepted(api.create(sealedSecret()));
      const message = 'no key could decrypt secret (token)';
      await setCondition(sealedSecret(), { type: 'Synced', status: 'False', message });
      await says('SourceNotReady', `SealedSecret ${secretName} is not synced: ${message}`);

      const { stdout } = await kubectl(['get', 'tokenpolicies,events', '-A', '-o', 'yaml']);
      expect(stdout + controller.log() + (await controller.metrics())).not.toContain(canary);
      expect(await controller.metrics()).toContain(
        'token_injector_controller_secret_problem_namespaces{policy="aikido",reason="SourceNotReady"} 1',
      );
      expect(controller.log().match(/watch of externalsecrets/g)).toHaveLength(2);
    },
  );
});
