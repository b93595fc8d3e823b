import { expect, it } from 'vitest';
import { readRegisteredPolicies } from '../../src/policies/registered-policies.ts';
import { readSecretKeys } from '../../src/kube/secret-keys.ts';
import { findWorkloadKind, workloadKinds } from '../../src/kube/workloads.ts';
import { findPodTemplates } from '../../src/manifests/read/pod-templates.ts';
import { fakeApi } from './fake-api.ts';

it.each([
  ['Pod', 'pod pods po POD'],
  ['Deployment', 'deployment deployments deploy deployments.apps deployment.v1.apps deploy.apps'],
  ['ReplicaSet', 'replicaset replicasets rs'],
  ['StatefulSet', 'statefulset statefulsets sts'],
  ['DaemonSet', 'daemonset daemonsets ds'],
  ['Job', 'job jobs jobs.batch'],
  ['CronJob', 'cronjob cronjobs cj'],
  ['ReplicationController', 'replicationcontroller replicationcontrollers rc'],
  ['Rollout', 'rollout rollouts ro rollouts.argoproj.io'],
])('%s is found as %s', (kind, names) => {
  for (const name of names.split(' ')) expect(findWorkloadKind(name)?.kind).toBe(kind);
});

it.each(['', 'node', 'pods.apps', 'deployments.batch', 'toString', 'job.'])(
  '%j is no kind of ours',
  (name) => {
    expect(findWorkloadKind(name)).toBeUndefined();
  },
);

it('knows where every kind holds its pod template', () => {
  const template = { metadata: { labels: { app: 'shop' } }, spec: {} };
  for (const name of workloadKinds) {
    const { apiVersion, kind } = findWorkloadKind(name)!;
    const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
    const [found] = findPodTemplates({ apiVersion, kind, metadata: { name: 'shop' }, spec });
    expect(found?.kind).toBe(kind);
  }
});

it('stores only the key names of a Secret', async () => {
  const api = fakeApi([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'one', namespace: 'shop' },
      data: { token: 'Y2FuYXJ5', other: '' },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'empty', namespace: 'shop' } },
  ]);
  expect(await readSecretKeys(api, 'one', 'shop')).toEqual(['token', 'other']);
  expect(await readSecretKeys(api, 'empty', 'shop')).toEqual([]);
  expect(await readSecretKeys(api, 'absent', 'shop')).toBeUndefined();
});

it('the registration tells policies and our namespace, and without one no policy is registered', async () => {
  expect(await readRegisteredPolicies(fakeApi())).toEqual({ exists: false, names: new Set() });
  const service = { namespace: 'security', name: 'webhook' };
  const api = fakeApi([
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'token-injector' },
      webhooks: [
        { name: 'aikido.token-injector.dev', clientConfig: { service } },
        { name: 'probe.token-injector.dev', clientConfig: { service } },
        { name: 'added.by.a.cloud', clientConfig: { url: 'https://example.test' } },
      ],
    },
  ]);
  expect(await readRegisteredPolicies(api)).toEqual({
    exists: true,
    names: new Set(['aikido']),
    ownNamespace: 'security',
  });
});
