import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';

import { policiesOfCluster } from '../../src/commands/webhook/cluster-sources.ts';
import { controllerNames } from '../../src/controllers/create-controllers.ts';
import { createSelfSignedSource } from '../../src/controllers/certificates/certificate-source.ts';
import { runController } from '../../src/controllers/run-controller.ts';
import type { KubeApi } from '../../src/kube/client/api.ts';
import { type Delay, realDelay } from '../../src/kube/delay.ts';
import { createKubeApi } from '../../src/kube/client/http-api.ts';
import { certificateSettings, reportTo } from '../controllers/controller-under-test.ts';
import { temporaryFolder } from '../runtime/temporary-folder.ts';
import { accepted, type Api, type KubeObject } from './api.ts';
import { eventually } from './eventually.ts';
import { type Installation, openInstallation } from './installation.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { agentPod, variablePolicy } from './registration.ts';
import { describeCluster } from './suite.ts';
import type { PolicyView } from './policy-view.ts';

const policy = variablePolicy as unknown as KubeObject;
const secretName = 'aikido-api-secret';
const read = ['get', 'list', 'watch'];
const readSecret = {
  apiGroups: [''],
  resources: ['secrets'],
  resourceNames: [secretName],
  verbs: read,
};
const readPolicies = {
  apiGroups: ['token-injector.dev'],
  resources: ['tokenpolicies'],
  verbs: read,
};
const everythingElse = [
  { apiGroups: ['token-injector.dev', 'admissionregistration.k8s.io'], resources: ['*'] },
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] },
  { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'] },
  { apiGroups: [''], resources: ['namespaces', 'pods', 'configmaps', 'events'] },
].map((rule) => ({ ...rule, verbs: ['*'] }));

// What is refused is asked for less and less often, for a minute and more.
const hasty: Delay = (ms, signal) => realDelay(ms / 30, signal);

describeCluster('a right to read that is withdrawn while watches run', ({ api, kubeconfig }) => {
  let home: Installation;
  let agents = '';
  beforeAll(async () => {
    home = await openInstallation(api, kubeconfig);
    agents = await createNamespace(api, 'agents');
    await accepted(api.create(policy));
  });
  afterAll(async () => {
    await api.delete(policy);
    await deleteNamespace(api, agents);
    await home.close();
  });

  it('is said in the status of the policy, until it is back', async () => {
    const user = `controller-${home.namespace}`;
    await grant(api, `${user}-own`, user, everythingElse);
    await grant(
      api,
      `${user}-secrets`,
      user,
      [{ apiGroups: [''], resources: ['secrets'], verbs: ['*'] }],
      home.namespace,
    );
    const right = await grant(api, user, user, [readSecret]);
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName, namespace: agents },
    };
    await accepted(api.create({ ...secret, stringData: { token: 'x' } }));
    await accepted(api.create(agentPod(agents)));
    const connection = await connectAs(kubeconfig, user);
    const problems: string[] = [];
    const ended = runController(
      {
        api: connection.api,
        clock: { now: () => new Date(), delay: hasty },
        random: Math.random,
        namespace: home.namespace,
        address: { service: { namespace: home.namespace, name: 'webhook', port: 443 } },
        excludedNamespaces: [],
        configurationAnnotations: {},
        timeoutSeconds: 5,
        owners: [home.owner],
        missingTokenPolicies: new Map(),
        lease: 'controller',
        certificates: createSelfSignedSource({ ...certificateSettings, namespace: home.namespace }),
        controllers: new Set(controllerNames),
        hasSecretsController: true,
        secretNames: [secretName],
        digest: () => '',
        probe: { name: 'probe', periodMs: 60_000 },
        observer: reportTo(problems),
      },
      connection.stopping,
    );
    const says = (wanted: object) =>
      eventually('the status', async () => {
        const { status } = await accepted(api.get<PolicyView>(policy));
        const found = status?.conditions.find(({ type }) => type === 'SecretReady');
        if (found === undefined) throw new Error(problems.join('\n'));
        expect(found).toMatchObject(wanted);
        expect(status).toMatchObject({ namespaces: 1 });
        return status!.conditions.find(({ type }) => type === 'Ready');
      });
    await says({ status: 'True', reason: 'Present' });

    await right.withdraw(() => listSecrets(api.as(user)));
    connection.endWatches();
    const ready = await says({ status: 'Unknown', reason: 'NotPermitted' });
    expect(ready).toMatchObject({ status: 'True' });
    expect(problems).toContainEqual(expect.stringMatching(/^watch of secrets: .*403 Forbidden/));
    // Nobody sees it go.
    await accepted(api.delete(secret));

    await right.restore();
    await says({ status: 'False', reason: 'SecretMissing' });
    connection.stop();
    await ended;
  });

  it('leaves a webhook ready, with the policies that it had', async () => {
    const user = `webhook-${home.namespace}`;
    const right = await grant(api, user, user, [readPolicies]);
    const connection = await connectAs(kubeconfig, user);
    const said: object[] = [];
    const tell = (fields: object) => void said.push(fields);
    const policies = await policiesOfCluster({
      api: connection.api,
      delay: hasty,
      random: Math.random,
      now: () => new Date(),
      elapsed: () => performance.now(),
    })({ log: { info: tell, warn: tell, error: tell }, ended: connection.stopping });
    const says = (wanted: object) =>
      eventually('the policies', () => expect(policies.check()).toEqual(wanted));
    const well = { name: 'policies', ok: true };
    await says(well);

    await right.withdraw(() => api.as(user).list(policy));
    connection.endWatches();
    // More than an API server that starts refuses.
    await eventually('answers of 403', () =>
      expect(connection.forbiddenAnswers()).toBeGreaterThan(5),
    );
    expect(policies.check()).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^not watched, the last known stay \(1\): .*403 Forbidden/),
    });
    expect(policies.current.policies).toHaveLength(1);
    await right.restore();
    await says(well);
    connection.stop();
  });
});

function listSecrets(api: Api) {
  const kind = { apiVersion: 'v1', kind: 'Secret' };
  return api.list(kind, { fieldSelector: `metadata.name=${secretName}` });
}

/** Gives a user rights, in one namespace or everywhere, until the test is over. */
async function grant(
  api: Api,
  name: string,
  user: string,
  rules: readonly object[],
  namespace?: string,
) {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const role = { apiVersion, kind, metadata, rules };
  const binding = {
    apiVersion,
    kind: `${kind}Binding`,
    metadata,
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
  };
  const restore = () => accepted(api.create(binding));
  onTestFinished(async () => {
    await api.delete(binding);
    await api.delete(role);
  });
  await accepted(api.create(role));
  await restore();
  return {
    restore,
    /** Also waits until the API server goes by it, as `attempt` shows. */
    async withdraw(attempt: () => Promise<{ readonly status: number }>) {
      await accepted(api.delete(binding));
      await eventually('the denial', async () =>
        expect(await attempt()).toMatchObject({ status: 403 }),
      );
    },
  };
}

/** The API as a user has it, whose watches can be ended as a server ends them after some minutes. */
async function connectAs(kubeconfig: string, user: string) {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { ...entry.user, as: user };
  const file = path.join(temporaryFolder(), 'kubeconfig');
  writeFileSync(file, stringify(config), { mode: 0o600 });
  const real = await createKubeApi({ kubeconfig: file, delay: hasty });
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  let watches = new AbortController();
  let forbiddenAnswers = 0;
  const api: KubeApi = {
    ...real,
    async *watch(resource, selection, version, signal) {
      const either = AbortSignal.any([signal, watches.signal]);
      try {
        yield* real.watch(resource, selection, version, either);
      } catch (error) {
        forbiddenAnswers += 1;
        throw error;
      }
    },
  };
  return {
    api,
    stopping: stopping.signal,
    stop: () => stopping.abort(),
    forbiddenAnswers: () => forbiddenAnswers,
    endWatches() {
      watches.abort();
      watches = new AbortController();
    },
  };
}
