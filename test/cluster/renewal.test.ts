import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { type Installation, openInstallation } from './installation.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import {
  type PodView,
  agentPod,
  variablePolicy,
  holdsToken,
  injectionInForce,
} from './registration.ts';
import { describeCluster } from './suite.ts';

interface Configuration extends KubeObject {
  readonly webhooks: readonly { clientConfig: { caBundle: string } }[];
}

const policy = variablePolicy as unknown as KubeObject;
const configuration = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'token-injector' },
};

describeCluster('certificates with lives of a minute', ({ api, kubeconfig, startedHere }) => {
  let home: Installation;
  let agents = '';
  beforeAll(async () => {
    home = await openInstallation(api, kubeconfig);
    agents = await createNamespace(api, 'agents');
  });
  afterAll(async () => {
    await home.endAll();
    await api.delete(policy);
    await home.close();
    await deleteNamespace(api, agents);
  });

  /** Creates pods one after the other; gives back how many came back bare. */
  const create = async (count: number) => {
    let missed = 0;
    for (let index = 0; index < count; index++) {
      const pod = await accepted(
        api.create<PodView>(agentPod(agents), { query: { dryRun: 'All' } }),
      );
      if (!pod.spec.containers.every(holdsToken)) missed++;
    }
    return missed;
  };

  it.runIf(startedHere)('renews CA and certificate without a pod missed', async () => {
    const secret = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: home.namespace },
    });
    const deleteSecrets = async () => {
      for (const name of ['token-injector-ca', 'token-injector-tls'])
        await api.delete(secret(name));
    };
    let controller = await home.startController([
      '--ca-duration',
      '365d',
      '--cert-duration',
      '60s',
    ]);
    const webhook = await home.startWebhook();
    await accepted(api.create(policy));
    await injectionInForce(api, agents);
    const bundle = async () => {
      const { webhooks } = await accepted(api.get<Configuration>(configuration));
      return webhooks[0]!.clientConfig.caBundle;
    };
    const cas = new Set([await bundle()]);
    await controller.end('SIGTERM');
    // A third of its life is left when a CA is due, and so the one that there is becomes so now.
    controller = await home.startController(['--ca-duration', '1200d', '--cert-duration', '60s']);
    const until = performance.now() + 300_000;
    let missed = 0;
    // One, both, the other one, at least.
    while (cas.size < 3 && performance.now() < until) {
      missed += await create(5);
      cas.add(await bundle());
    }
    missed += await create(100);
    expect(missed).toBe(0);
    expect(cas.size).toBeGreaterThanOrEqual(3);
    await deleteSecrets();
    expect(await create(50)).toBe(0);
    await eventually('both Secrets to be back', async () => {
      await accepted(api.get(secret('token-injector-ca')));
      await accepted(api.get(secret('token-injector-tls')));
    });
    expect(await create(50)).toBe(0);
    await webhook.end('SIGTERM');
    await controller.end('SIGTERM');
  });
});
