import { revisionAnnotation } from '../../../src/core/identity.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { tokenPolicyDefinition } from '../../../src/core/registration/custom-resource-definition.ts';
import { type KubeObject, accepted } from '../api.ts';
import { readAuditLog } from '../audit-log.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import type { Program } from '../process-group.ts';
import {
  type PodView,
  agentPod,
  holdsToken,
  injectionInForce,
  variablePolicyValues,
} from '../registration.ts';
import { rightsInForce } from '../rights-in-force.ts';
import { describeCluster } from '../suite.ts';
import { type InstalledDefinition, installDefinition } from '../token-policy-definition.ts';
import { type ReleaseProcesses, openReleaseProcesses } from './release-processes.ts';
import { objectsIn, renderChart } from './render.ts';
import { atServicePort, servicePort } from './service-port.ts';
import type { PolicyView } from '../policy-view.ts';

const values = stringify({
  ...variablePolicyValues,
  controller: { probeSeconds: 1 },
  enforcement: { missingToken: { policies: ['aikido'] } },
  // The machine may be busy.
  webhook: { timeoutSeconds: 5 },
});
interface Configuration extends KubeObject {
  readonly webhooks: readonly { readonly name: string }[];
}

// As processes beside the API server, each with the arguments and the account of its Deployment.
describeCluster('the programs of the chart', (cluster) => {
  const { api, kubectl, kubeconfig, startedHere, auditLog } = cluster;
  let definition: InstalledDefinition;
  let processes: ReleaseProcesses;
  let namespace: string;
  let agents: string;
  let objects: KubeObject[] | undefined;
  const running: Program[] = [];
  const find = (kind: string, name: string) =>
    objects!.find((object) => object.kind === kind && object.metadata.name === name)!;
  const manifests = () =>
    objects!
      .filter(({ kind }) => kind !== 'Deployment' && kind !== 'Pod')
      .map((object) => stringify(object))
      .join('---\n');

  beforeAll(async () => {
    // In a cluster of somebody else there may be a real installation.
    if (!startedHere) return;
    definition = await installDefinition(api);
    const annotations = { [revisionAnnotation]: '0' };
    await accepted(api.patch(tokenPolicyDefinition(), { metadata: { annotations } }));
    namespace = await createNamespace(api, 'chart-programs');
    agents = await createNamespace(api, 'chart-agents');
    processes = openReleaseProcesses(api, kubeconfig, namespace);
    objects = atServicePort(objectsIn(await renderChart(values, namespace)));
    const service = find('Service', 'token-injector-webhook');
    const applied = await kubectl(['apply', '--server-side', '-f', '-'], { input: manifests() });
    expect(applied).toMatchObject({ code: 0 });
    // What a program asks for before would be refused.
    await rightsInForce(api, objects);
    const { spec } = await accepted(api.get<{ spec: { clusterIP: string } }>(service));
    const controller = ['--service', `token-injector-webhook:${servicePort}`];
    running.push(await processes.start('controller', objects, controller));
    running.push(await processes.start('secrets-controller', objects, []));
    const webhook = ['--host', spec.clusterIP, '--port', String(servicePort)];
    running.push(await processes.start('webhook', objects, webhook));
  });
  afterAll(async () => {
    await processes?.close();
    if (objects) await kubectl(['delete', '--ignore-not-found', '-f', '-'], { input: manifests() });
    for (const name of [namespace, agents]) if (name) await deleteNamespace(api, name);
    await definition?.remove();
  });

  const policy = { apiVersion: 'token-injector.dev/v1alpha1', kind: 'TokenPolicy' };
  const aikido = { ...policy, metadata: { name: 'aikido' } };
  const conditions = (wanted: Readonly<Record<string, string>>) =>
    eventually(`the policy to be ${JSON.stringify(wanted)}`, async () => {
      const { status } = await accepted(api.get<PolicyView>(aikido));
      const found = (status?.conditions ?? []).map(({ type, reason }) => [type, reason]);
      expect(Object.fromEntries(found)).toMatchObject(wanted);
    });

  it.runIf(startedHere)('make the policy of the chart ready and reach the webhook', async () => {
    await conditions({ Ready: 'Registered', Reachable: 'Answered' });
    await injectionInForce(api, agents);
    const pod = await accepted(api.create<PodView>(agentPod(agents)));
    expect(pod.spec.containers.every(holdsToken)).toBe(true);
  });

  it.runIf(startedHere)('see whether the Secret of the values is there', async () => {
    await conditions({ SecretReady: 'SecretMissing' });
    const metadata = { name: 'aikido-api-secret', namespace: agents };
    const data = { token: 'dG9rZW4=' };
    await accepted(api.create({ apiVersion: 'v1', kind: 'Secret', metadata, data }));
    await conditions({ SecretReady: 'Present' });
    await eventually('Events of the policy that say so', async () => {
      const { stdout } = await kubectl(['describe', 'tokenpolicy', 'aikido']);
      expect(stdout).toMatch(/Normal +Present +.* token-injector .*holds every key/);
    });
  });

  it.runIf(startedHere)('create and delete the ValidatingAdmissionPolicy of a policy', async () => {
    const validatingPolicy = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'token-injector-aikido' },
    };
    const set = (missingToken: string) =>
      accepted(api.patch(aikido, { spec: { enforce: { missingToken } } }, { type: 'merge' }));
    await set('Deny');
    await eventually('the ValidatingAdmissionPolicy', () => accepted(api.get(validatingPolicy)));
    await set('Allow');
    await eventually('the ValidatingAdmissionPolicy to be deleted', async () => {
      expect((await api.get(validatingPolicy)).status).toBe(404);
    });
  });

  it.runIf(startedHere)('write the definition of TokenPolicy over an older one', async () => {
    const ours = tokenPolicyDefinition();
    await eventually('the definition to be ours', async () => {
      const { metadata } = await accepted(api.get(ours));
      expect(metadata.annotations).toMatchObject(ours.metadata.annotations);
    });
  });

  it.runIf(startedHere)('take out an entry that somebody adds, which the guard bars', async () => {
    const configuration = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'token-injector' },
    };
    const { webhooks } = await accepted(api.get<Configuration>(configuration));
    const [entry] = webhooks;
    const clientConfig = { url: 'https://somebody.example/' };
    const added = [...webhooks, { ...entry!, name: 'x.somebody.example', clientConfig }];
    await accepted(api.patch(configuration, { webhooks: added }));
    await eventually('the entry to go', async () => {
      const names = async () =>
        (await accepted(api.get<Configuration>(configuration))).webhooks.map(({ name }) => name);
      expect(await names()).toEqual(webhooks.map(({ name }) => name));
    });
  });

  it.runIf(auditLog !== undefined)('were refused nothing that they asked for', () => {
    const mine = readAuditLog(auditLog!).filter(({ user }) =>
      user.username.startsWith(`system:serviceaccount:${namespace}:token-injector-`),
    );
    expect(new Set(mine.map(({ user }) => user.username)).size).toBe(3);
    const refused = mine.filter(({ responseStatus }) => responseStatus?.code === 403);
    expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  });

  it.runIf(startedHere)(
    'have a ValidatingAdmissionPolicy deleted with the right to it',
    async () => {
      const role = find('ClusterRole', 'token-injector-missing-token-aikido');
      const kinds = ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy'];
      const validatingPolicies = kinds.map((kind) => ({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind,
        metadata: { name: 'token-injector-aikido' },
      }));
      const spec = { enforce: { missingToken: 'Deny' } };
      await accepted(api.patch(aikido, { spec }));
      await eventually('the ValidatingAdmissionPolicy', () =>
        Promise.all(validatingPolicies.map((one) => accepted(api.get(one)))),
      );
      // As an upgrade with other values does.
      await accepted(api.delete(role));
      await eventually('the ValidatingAdmissionPolicy to be deleted', async () => {
        for (const one of validatingPolicies) expect((await api.get(one)).status).toBe(404);
      });
      await accepted(api.create(role));
      await eventually('the ValidatingAdmissionPolicy to be back', () =>
        Promise.all(validatingPolicies.map((one) => accepted(api.get(one)))),
      );
      await accepted(api.patch(aikido, { spec: { enforce: { missingToken: 'Allow' } } }));
    },
  );

  it.runIf(startedHere)('leave nothing behind once the release is gone', async () => {
    for (const one of running) await one.stop();
    await kubectl(['delete', '-f', '-'], { input: manifests() });
    const written = [
      ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'token-injector'],
      ['v1', 'Secret', 'token-injector-ca'],
      ['v1', 'Secret', 'token-injector-tls'],
      ['coordination.k8s.io/v1', 'Lease', 'token-injector-controller'],
      ['coordination.k8s.io/v1', 'Lease', 'token-injector-secrets-controller'],
    ] as const;
    await eventually('what the controller wrote to go', async () => {
      for (const [apiVersion, kind, name] of written) {
        const { status } = await api.get({ apiVersion, kind, metadata: { name, namespace } });
        expect(`${kind} ${name}: ${status}`).toBe(`${kind} ${name}: 404`);
      }
    });
  });
});
