import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type KubeObject, accepted } from '../api.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import type { PolicyView } from '../policy-view.ts';
import { agentPod } from '../registration.ts';
import { stringify } from 'yaml';
import { runAikidoAgent } from './aikido-agent.ts';
import { deliverSecret, deliveredSecret } from './delivered-secret.ts';
import { assignUsers, assignedUser, usersOf } from './assigned-users.ts';
import { type Release, installRelease, releaseReady } from './installed-release.ts';
import { type RunningPod, isReady, podThat, printed } from './pods.ts';
import { describeNode } from './suite.ts';
import { expectAllPrograms, whatProgramsSay } from './what-programs-say.ts';
import { agentWorkload, workloadKinds } from './workloads.ts';

const token = `canary-${randomBytes(16).toString('hex')}`;
const file = `apiToken: ${token}\n`;
const hash = (value: string) => createHash('sha256').update(value).digest('hex');
const hashes = `variable ${hash(token)}\nfile ${hash(file)}`;
const secretName = 'agent-secret';

const policy: KubeObject = {
  apiVersion: 'token-injector.dev/v1alpha1',
  kind: 'TokenPolicy',
  metadata: { name: 'agent' },
  spec: {
    match: { podSelector: { matchLabels: { needs: 'token' } } },
    secret: { name: secretName },
    inject: {
      env: [{ name: 'AGENT_TOKEN', key: 'token' }],
      files: [{ mountPath: '/etc/agent', items: [{ key: 'config.yaml', path: 'config.yaml' }] }],
    },
  },
};

describeNode('an installation by Helm', (cluster) => {
  const { api, kubectl, helm, findDrift, images, node } = cluster;
  const values = {
    config: {
      existingSecret: { name: 'aikido-api-secret', key: 'config.yaml' },
      agent: 'aikido',
      agents: ['aikido-zen'],
      secretNames: [secretName],
      deliveredSecretNames: [deliveredSecret],
    },
    // As on OpenShift, which assigns them; other suites have the defaults.
    podSecurityContext: null,
    containerSecurityContext: null,
  };
  const namespaces: string[] = [];
  let release: Release;
  let unassignUsers: () => Promise<void>;
  const openNamespace = async (prefix: string) => {
    const name = await createNamespace(api, prefix);
    namespaces.push(name);
    return name;
  };
  const createSecret = (namespace: string) =>
    accepted(
      api.create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: secretName, namespace },
        stringData: { token, 'config.yaml': file },
      }),
    );
  const condition = async (type: string) => {
    const { status } = await accepted(api.get<PolicyView>(policy));
    return status?.conditions.find((entry) => entry.type === type);
  };
  const drifted = async (manifests: string) => {
    const findings = await findDrift(manifests, release.namespace);
    expect(findings.length).toBeGreaterThan(0);
    return findings.filter(({ changed }) => changed);
  };

  beforeAll(async () => {
    unassignUsers = await assignUsers(api, 'token-injector', agentPod('token-injector'));
    const begin = performance.now();
    release = await installRelease(cluster, values);
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    process.stderr.write(`installation: Ready and Reachable after ${seconds} s\n`);
    await accepted(api.create(policy));
    await eventually('the policy to be Ready', async () =>
      expect(await condition('Ready')).toMatchObject({ status: 'True' }),
    );
  });
  afterAll(async () => {
    for (const name of namespaces) await deleteNamespace(api, name);
    await unassignUsers();
    await release.remove();
  });

  it.each(['aikido', 'aikido-zen'])('made the policy %s, and answers for it', async (name) => {
    const metadata = { name };
    const { status } = await accepted(api.get<PolicyView>({ ...policy, metadata }));
    const found = status!.conditions.map(({ type, reason }) => [type, reason]);
    // Two programs write them, in any order.
    expect(Object.fromEntries(found)).toEqual({
      Ready: 'Registered',
      SecretReady: 'NoAgentPods',
      Injected: 'NoAgentPods',
      Reachable: 'Answered',
    });
  });

  it('runs as a user that the namespace assigns, where the namespace denies every other', async () => {
    const users = await usersOf(cluster, release.namespace);
    expect(users).toEqual(Array(4).fill(assignedUser));
  });

  it('passes its own test', async () => {
    const { code, stdout, stderr } = await helm(['test', release.name, '-n', release.namespace]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('Phase:          Succeeded');
  });

  it.each(workloadKinds)(
    'gives the pods of a %s their token, in a variable and a file',
    async (kind) => {
      const namespace = await openNamespace(kind.toLowerCase());
      await createSecret(namespace);
      const workload = agentWorkload({
        kind,
        namespace,
        image: images.agent,
        labels: { needs: 'token' },
      });
      const created = await accepted(api.create(workload));
      if (kind === 'CronJob') {
        const args = [
          'create',
          'job',
          'once',
          '--from',
          'cronjob/cronjob',
          '--namespace',
          namespace,
        ];
        expect((await kubectl(args)).stderr).toBe('');
      }
      const pod = await eventually(`the pod of the ${kind}`, async () => {
        const { items } = await accepted(
          api.list<RunningPod>({ apiVersion: 'v1', kind: 'Pod' }, { namespace }),
        );
        expect(items).toHaveLength(1);
        expect(['Running', 'Succeeded']).toContain(items[0]!.status.phase);
        return items[0]!;
      });
      const where = { namespace, name: pod.metadata.name! };
      await printed(kubectl, where, hashes);
      // What Git holds is as it was.
      const after = await accepted(api.get(workload));
      expect(after['spec']).toEqual(created['spec']);
      expect(JSON.stringify(after)).not.toContain(secretName);
      expect(await drifted(stringify(workload))).toEqual([]);
    },
  );

  it("gives Aikido's agent, whose chart mounts another Secret, its config.yaml", async () => {
    const namespace = await openNamespace('aikido');
    const { name, hash: read } = await runAikidoAgent(cluster, namespace);
    await printed(kubectl, { namespace, name }, read);
    const pod = await podThat(api, { namespace, name }, isReady);
    expect(JSON.stringify(pod['spec'])).toContain('"secretName":"aikido-api-secret"');
  });

  it('says in Injected that all of these pods hold their token', async () => {
    await eventually('the status', async () =>
      expect(await condition('Injected')).toMatchObject({ status: 'True', reason: 'AllHold' }),
    );
  });

  it('drifts in the eyes of neither Argo CD nor Flux, whoever applies the chart', async () => {
    const manifests = await release.manifests(values);
    expect(await drifted(manifests)).toEqual([]);
    for (const manager of ['argocd-controller', 'kustomize-controller']) {
      const args = ['apply', '--server-side', '--force-conflicts', '--field-manager', manager];
      const { code, stderr } = await kubectl([...args, '-n', release.namespace, '-f', '-'], {
        input: manifests,
      });
      expect([code, stderr]).toEqual([0, '']);
      await releaseReady(api);
      expect(await drifted(manifests)).toEqual([]);
    }
    // Whether the comparison sees anything at all.
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'token-injector-webhook', namespace: release.namespace },
    };
    await accepted(api.patch(deployment, { spec: { minReadySeconds: 1, replicas: 3 } }));
    const found = await drifted(manifests);
    expect(new Set(found.map(({ engine }) => engine)).size).toBe(5);
    expect(new Set(found.map(({ name }) => name))).toEqual(new Set(['token-injector-webhook']));
    await accepted(api.patch(deployment, { spec: { minReadySeconds: 0, replicas: 2 } }));
    await releaseReady(api);
  });

  it('has pods wait for a Secret that is missing, says where, and they start by themselves', async () => {
    const namespace = await openNamespace('waiting');
    const kind = 'Deployment';
    await accepted(
      api.create(
        agentWorkload({ kind, namespace, image: images.agent, labels: { needs: 'token' } }),
      ),
    );
    const name = await eventually('the pod', async () => {
      const { items } = await accepted(
        api.list<RunningPod>({ apiVersion: 'v1', kind: 'Pod' }, { namespace }),
      );
      expect(items).toHaveLength(1);
      return items[0]!.metadata.name!;
    });
    // The volume comes first: a pod whose file is missing does not even get as far as its variables.
    await eventually('the status to name the namespace', async () =>
      expect(await condition('SecretReady')).toMatchObject({
        status: 'False',
        reason: 'SecretMissing',
        message: `namespace ${namespace}: Secret ${secretName} is missing; pods wait until it is created with key token, config.yaml`,
      }),
    );
    await createSecret(namespace);
    const where = { namespace, name };
    await podThat(api, where, isReady);
    await printed(kubectl, where, hashes);
    await eventually('the status to say so', async () =>
      expect(await condition('SecretReady')).toMatchObject({ status: 'True' }),
    );
  });

  it('has a pod with a variable alone wait in CreateContainerConfigError', async () => {
    const namespace = await openNamespace('variable');
    const annotations = { 'token-injector.dev/inject': 'aikido-zen' };
    const containers = [{ name: 'agent', image: images.agent, command: ['node', '-e', '1'] }];
    await accepted(
      api.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace, name: 'agent', annotations },
        spec: { containers, restartPolicy: 'Never' },
      }),
    );
    await podThat(api, { namespace, name: 'agent' }, ({ status }) =>
      expect(status.containerStatuses![0]!.state.waiting).toMatchObject({
        reason: 'CreateContainerConfigError',
        message: 'secret "aikido-zen" not found',
      }),
    );
    const metadata = { name: 'aikido-zen' };
    await eventually('the status to say so', async () => {
      const { status } = await accepted(api.get<PolicyView>({ ...policy, metadata }));
      expect(status!.conditions.find(({ type }) => type === 'SecretReady')).toMatchObject({
        reason: 'SecretMissing',
        message: expect.stringContaining(`namespace ${namespace}`),
      });
    });
  });

  it('shows the token to nobody', async () => {
    const forms = [token, btoa(token), btoa(file), hash(token)];
    const traces = (text: string) => forms.filter((form) => text.includes(form));
    const said = await whatProgramsSay(cluster, release.namespace);
    expectAllPrograms(said);
    expect(traces(said)).toEqual([]);
    for (const kind of [
      { apiVersion: 'token-injector.dev/v1alpha1', kind: 'TokenPolicy' },
      { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
      { apiVersion: 'v1', kind: 'Event' },
      { apiVersion: 'v1', kind: 'Pod' },
      { apiVersion: 'v1', kind: 'ConfigMap' },
    ])
      expect(traces(JSON.stringify(await accepted(api.list(kind))))).toEqual([]);
    const secrets = await accepted(api.list({ apiVersion: 'v1', kind: 'Secret' }));
    const holders = secrets.items.filter((secret) => traces(JSON.stringify(secret)).length > 0);
    expect(new Set(holders.map(({ metadata }) => metadata.name))).toEqual(new Set([secretName]));
    if (!node) return;
    // What we and the kubelet wrote of it, and this test with it.
    const lines = node.auditLog().filter((event) => traces(JSON.stringify(event)).length > 0);
    expect(lines.length).toBeGreaterThan(0);
    expect(new Set(lines.map(({ objectRef }) => objectRef!.resource))).toEqual(
      new Set(['secrets']),
    );
    expect(new Set(lines.map(({ verb }) => verb))).toEqual(new Set(['create']));
    for (const name of readdirSync(node.logs))
      expect([name, traces(readFileSync(path.join(node.logs, name), 'utf8'))]).toEqual([name, []]);
  });

  it('leaves nothing behind but policies, what they delivered and the definition, and pods can be created', async () => {
    const copy = await deliverSecret(api, openNamespace);
    await release.uninstall();
    const { namespace: own } = release;
    const named = (apiVersion: string, kind: string, name: string, namespace?: string) => ({
      apiVersion,
      kind,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    });
    for (const object of [
      named('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', 'token-injector'),
      named('coordination.k8s.io/v1', 'Lease', 'token-injector-controller', own),
      named('coordination.k8s.io/v1', 'Lease', 'token-injector-secrets-controller', own),
      named('v1', 'Secret', 'token-injector-ca', own),
      named('v1', 'Secret', 'token-injector-tls', own),
    ]) {
      await eventually(`${object.kind} ${object.metadata.name} to be gone`, async () =>
        expect((await api.get(object)).status).toBe(404),
      );
    }
    const left = api.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace: own });
    expect((await accepted(left)).items).toEqual([]);
    const namespace = await openNamespace('afterwards');
    await accepted(api.create(agentPod(namespace), { query: { dryRun: 'All' } }));
    await accepted(api.get(policy));
    await accepted(api.get(copy));
  });
});
