import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { type Installation, openInstallation } from './installation.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import type { PolicyView } from './policy-view.ts';
import { agentPod, variablePolicy, injectionInForce } from './registration.ts';
import { describeCluster } from './suite.ts';

const policy = variablePolicy as unknown as KubeObject;
const canary = 'canary-literal';
const literal = { name: 'OTHER', value: canary };
const own = {
  name: 'AIKIDO_API_TOKEN',
  valueFrom: { secretKeyRef: { name: 'vendor', key: 'api-key' } },
};

describeCluster('what live pods hold', ({ api, kubeconfig, kubectl, startedHere }) => {
  let home: Installation;
  let namespace = '';
  beforeAll(async () => {
    home = await openInstallation(api, kubeconfig);
    namespace = await createNamespace(api, 'agents');
  });
  afterAll(async () => {
    await api.delete(policy);
    await home.close();
    await deleteNamespace(api, namespace);
  });

  const pod = (name: string, ...env: readonly object[]) =>
    agentPod(namespace, {
      metadata: { name },
      spec: { containers: [{ name: 'agent', image: 'registry.example/agent:1.0', env }] },
    });
  const create = (object: KubeObject) => accepted(api.create(object));
  const remove = (name: string) =>
    accepted(api.delete(pod(name), { query: { gracePeriodSeconds: 0 } }));
  const injected = async () => {
    const { status } = await accepted(api.get<PolicyView>(policy));
    return status?.conditions.find(({ type }) => type === 'Injected');
  };
  const becomes = (status: string, reason: string, ...words: readonly string[]) =>
    eventually(`Injected to be ${reason}`, async () => {
      const condition = await injected();
      expect(condition).toMatchObject({ status, reason });
      for (const word of words) expect(condition!.message).toContain(word);
    });

  it.runIf(startedHere)('is judged by the controller, from missed and kept to all', async () => {
    await create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'vendor', namespace } });
    await create(pod('early', literal));
    await create(pod('own', own, literal));
    const controller = await home.startController();
    await home.startWebhook();
    await create(policy);
    await injectionInForce(api, namespace);
    await create(pod('later', literal));

    await becomes('False', 'Missed', '1 of 3 agent pods lack', '1 of 3 agent pods keep');
    const { stdout } = await kubectl(['get', 'tp']);
    expect(stdout).toMatch(/^NAME +SECRET +PODS /);
    expect(stdout).toMatch(/^aikido +aikido-api-secret +1\/3 /m);

    await eventually('an Event about the pod that keeps its own', async () => {
      const { stdout: described } = await kubectl(['-n', namespace, 'describe', 'pod', 'own']);
      expect(described).toMatch(/Warning +Kept +.* token-injector .*-> vendor in container/);
    });
    await remove('early');
    await create(pod('early', literal));
    await becomes(
      'False',
      'Kept',
      'AIKIDO_API_TOKEN -> vendor in container agent',
      'token-injector explain tells whether Secret vendor is there',
    );

    const env = [{ name: 'AIKIDO_API_TOKEN', key: 'token', whenPresent: 'Replace' }];
    await accepted(api.patch(policy, { spec: { inject: { env } } }));
    await becomes('False', 'Missed', '1 of 3 agent pods lack');
    await eventually('the webhook to go by the new policy', async () => {
      const { warnings } = await api.create(pod('tried', own), { query: { dryRun: 'All' } });
      expect(warnings.join()).not.toContain('keeps');
    });
    await remove('own');
    await create(pod('own', own, literal));
    await becomes('True', 'AllHold', 'All 3 agent pods');

    const events = () => accepted(api.list({ apiVersion: 'v1', kind: 'Event' }, { namespace }));
    await eventually('an Event that the pod holds its token now', async () => {
      expect((await events()).items).toContainEqual(
        expect.objectContaining({
          type: 'Normal',
          reason: 'AllHold',
          involvedObject: expect.objectContaining({ kind: 'Pod', name: 'own' }) as object,
        }),
      );
    });
    const metrics = await controller.metrics();
    expect(metrics).toContain(
      'token_injector_controller_agent_pods{policy="aikido",outcome="holding"} 3',
    );
    const said = [await injected(), controller.log(), metrics, await events()];
    expect(JSON.stringify(said)).not.toContain(canary);
  });
});
