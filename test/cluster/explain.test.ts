import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { program, run } from '../commands/program.ts';
import { type KubeObject, accepted } from './api.ts';
import { clientProgram } from './client-program.ts';
import { eventually } from './eventually.ts';
import { createLimitedAccount } from './limited-account.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { describeCluster } from './suite.ts';
import { type InstalledDefinition, installDefinition } from './token-policy-definition.ts';

const canary = 'canary-of-explain-4242';
const container = { name: 'app', image: 'registry.example/app:1.0.0' };

describeCluster('explain', ({ api, kubeconfig, startedHere }) => {
  let namespace = '';
  let definition: InstalledDefinition | undefined;
  let withoutDefinition: Awaited<ReturnType<typeof run>>;
  const folder = mkdtempSync(join(tmpdir(), 'token-injector-explain-'));
  const limited = join(folder, 'limited.kubeconfig');
  const created: KubeObject[] = [];
  const create = async (object: KubeObject): Promise<KubeObject> => {
    const answer = await accepted(api.create(object));
    created.push(answer);
    return answer;
  };

  /** What it prints, with what differs from run to run under names. */
  async function explain(args: string, config = kubeconfig) {
    const words = ['explain', ...args.split(' ')];
    const { code, stdout, stderr } = await run(words, { env: { KUBECONFIG: config } });
    expect(stdout + stderr).not.toContain(canary);
    const plain = (text: string) =>
      text.replaceAll(namespace, 'NAMESPACE').replaceAll(/\d{4}-\d\d-\d\dT[\d:]{8}Z/g, 'TIME');
    return { code, stdout: plain(stdout), stderr: plain(stderr) };
  }

  const policy = (name: string, match: object): KubeObject => ({
    apiVersion: 'token-injector.dev/v1alpha1',
    kind: 'TokenPolicy',
    metadata: { name: `${name}-${namespace}` },
    spec: {
      match,
      secret: { name: 'aikido-api-secret' },
      inject: { env: [{ name: 'AIKIDO_API_TOKEN', key: 'token' }] },
    },
  });

  beforeAll(async () => {
    namespace = await createNamespace(api, 'explain', { team: 'shop' });
    withoutDefinition = await run(['explain', 'pod/early', '-n', namespace], {
      env: { KUBECONFIG: kubeconfig },
    });
    definition = await installDefinition(api);
    writeFileSync(
      limited,
      await createLimitedAccount(
        api,
        create,
        { kubeconfig, namespace },
        {
          role: [
            { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
            { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] },
          ],
          clusterRole: [
            { apiGroups: ['token-injector.dev'], resources: ['tokenpolicies'], verbs: ['list'] },
          ],
        },
      ),
    );
    await create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'aikido-api-secret', namespace },
      stringData: { token: canary },
    });
    const labels = { app: 'shop' };
    await create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shop', namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [container, { ...container, name: 'istio-proxy' }] },
        },
      },
    });
    await create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'early', namespace, labels },
      spec: { containers: [container] },
    });
    // Times of the API server are whole seconds.
    await new Promise((resolve) => void setTimeout(resolve, 1_100));
    const namespaceSelector = { matchLabels: { team: 'shop' } };
    await create(policy('a', { namespaceSelector, podSelector: { matchLabels: labels } }));
    await create(policy('b', { podSelector: { matchLabels: { app: 'other' } } }));
    await eventually('the rights of the user', async () => {
      const { code, stderr } = await explain(`deploy/shop -n ${namespace}`, limited);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    });
  });
  afterAll(async () => {
    await Promise.all(created.map((object) => api.delete(object)));
    await definition?.remove();
    await deleteNamespace(api, namespace);
    rmSync(folder, { recursive: true, force: true });
  });

  it.runIf(startedHere)('without the definition says that token-injector is not installed', () => {
    expect(withoutDefinition).toMatchObject({ code: 2, stdout: '' });
    expect(withoutDefinition.stderr).toContain('token-injector is not installed');
  });

  describe('with the rights that it needs and no other', () => {
    it('says of a Deployment what its next pods get, and what it could not find out', async () => {
      const { code, stdout, stderr } = await explain(`deployment shop -n ${namespace}`, limited);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatchInlineSnapshot(`
        "Deployment NAMESPACE/shop, created TIME: its next pods

        a-NAMESPACE: the next pods get the reference to the token, if the namespace is selected
          note: namespace-labels-unknown: The labels of the namespace cannot be read; the policy's namespaceSelector was taken as satisfied.
          istio-proxy                    container-not-selected: The policy leaves the container out: it has the name of a sidecar that others add; containers.include can name it.
          app          AIKIDO_API_TOKEN  env-added: The variable will be added.

        b-NAMESPACE: does not apply: podSelector wants app=other, the pod template has app=shop

        Not known:
          labels of namespace NAMESPACE: you lack the right to get namespaces/NAMESPACE -n NAMESPACE
          Secret aikido-api-secret and its keys: you lack the right to get secrets/aikido-api-secret -n NAMESPACE
          pods of the Deployment: you lack the right to list pods -n NAMESPACE

        What to do:
          - a-NAMESPACE: Whether its pods have the token is not known: you lack the right to list pods -n NAMESPACE. If they were created before TIME, when the policy came, they have none. In that case: Restart the Deployment; it makes new pods.
              kubectl -n NAMESPACE rollout restart deployment/shop
        "
      `);
    });

    it('says of a pod that it was there before the policy', async () => {
      const { stdout } = await explain(`pod/early -n ${namespace}`, limited);
      expect(stdout).toMatchInlineSnapshot(`
        "Pod NAMESPACE/early, created TIME

        a-NAMESPACE: the pod does not have the token, if the namespace is selected
          pod-before-policy: The pod was created before the policy, and only new pods are changed.
          policy created TIME
          note: namespace-labels-unknown: The labels of the namespace cannot be read; the policy's namespaceSelector was taken as satisfied.
          app  AIKIDO_API_TOKEN  env-added: The variable is missing.

        b-NAMESPACE: does not apply: podSelector wants app=other, the pod has app=shop

        Not known:
          labels of namespace NAMESPACE: you lack the right to get namespaces/NAMESPACE -n NAMESPACE
          Secret aikido-api-secret and its keys: you lack the right to get secrets/aikido-api-secret -n NAMESPACE

        What to do:
          - a-NAMESPACE: Delete the pod and create it again; nothing does that by itself.
        "
      `);
    });

    it('names the right that it lacks', async () => {
      const { code, stdout, stderr } = await explain(`job/shop -n ${namespace}`, limited);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatchInlineSnapshot(`
        "token-injector: cannot get Job NAMESPACE/shop: 403 Forbidden: jobs.batch "shop" is forbidden: User "system:serviceaccount:NAMESPACE:limited" cannot get resource "jobs" in API group "batch" in the namespace "NAMESPACE"; this needs the rights to list tokenpolicies.token-injector.dev and to get the object
        "
      `);
    });
  });

  it('knows with all rights that the Secret is there', async () => {
    const { stdout } = await explain(`pod/early -n ${namespace}`);
    expect(stdout).toContain('Secret aikido-api-secret: it is there and has the keys');
    expect(stdout).not.toContain('Not known');
  });

  it('tells what the status of a policy says', async () => {
    const { metadata, ...rest } = policy('a', {});
    const now = new Date().toISOString();
    const condition = { observedGeneration: 1, lastTransitionTime: now };
    await accepted(
      api.apply(
        {
          apiVersion: rest.apiVersion,
          kind: rest.kind,
          metadata,
          status: {
            observedGeneration: 1,
            conditions: [
              {
                type: 'Ready',
                status: 'False',
                reason: 'NotRegistered',
                message: 'The registration is under way.',
                ...condition,
              },
            ],
            problems: [
              {
                namespace,
                reason: 'KeyMissing',
                message: 'Secret aikido-api-secret has no key token',
              },
            ],
          },
        },
        { subresource: 'status', force: true },
      ),
    );
    const { stdout } = await explain(`deploy/shop -n ${namespace}`, limited);
    expect(stdout).toContain('once the policy is Ready');
    expect(stdout).toContain('status: Ready=False: NotRegistered: The registration is under way.');
    expect(stdout).toContain(
      'Secret aikido-api-secret: secret-key-missing: Secret aikido-api-secret has no key token',
    );
  });

  describe('as a plugin of kubectl', () => {
    const install = (name: string, command = '') => {
      const file = join(folder, name);
      const line = `exec '${process.execPath}' '${program}' ${command} "$@"`;
      writeFileSync(file, `#!/bin/sh\n${line}\n`);
      chmodSync(file, 0o755);
    };
    const kubectl = () => {
      const cluster = inject('cluster');
      if ('unavailable' in cluster) throw new Error(cluster.unavailable);
      const PATH = `${folder}${delimiter}${process.env['PATH']}`;
      return clientProgram(cluster.kubectl, { KUBECONFIG: limited, KUBERC: 'off', PATH });
    };

    it('takes the same words and flags', async () => {
      install('kubectl-token_injector');
      const words = ['explain', 'deploy/shop', '-n', namespace, '-o', 'json'];
      const { code, stdout, stderr } = await kubectl()(['token-injector', ...words]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({
        object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'shop' },
        policies: [
          { policy: `a-${namespace}`, verdict: 'would-get', reason: 'policy-not-ready' },
          { policy: `b-${namespace}`, verdict: 'left-out', reason: 'pod-not-selected' },
        ],
      });
      const refused = await kubectl()(['token-injector', 'explain', 'node/one']);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
    });

    it('completes words', async () => {
      install('kubectl-token_injector');
      install('kubectl_complete-token_injector', '__complete');
      const { stdout } = await kubectl()(['__complete', 'token-injector', 'explain', 'deploy']);
      expect(stdout).toMatch(/^deployment\t?\n:4\n/);
    });
  });
});
