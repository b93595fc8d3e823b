import { expect, it } from 'vitest';
import { explainObject } from '../../src/commands/explain/explain-object.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { tokenPolicy } from '../controllers/controller-under-test.ts';
import { fakeApi } from '../kube/fake-api.ts';

const template = {
  metadata: { labels: { agent: 'agent' } },
  spec: { containers: [{ name: 'app' }] },
};
const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };
const object = ({ apiVersion, kind }: { apiVersion: string; kind: string }, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name: 'shop', namespace: 'default' },
  spec,
});

it.each([
  ['its own template', { template }],
  ['the template of the Deployment that it refers to', { workloadRef }],
])('explains a Rollout by %s', async (_, spec) => {
  const api = fakeApi([
    tokenPolicy('agent'),
    object(resources.rollouts, spec),
    object(resources.deployments, { template }),
  ]);
  const wanted = { resource: resources.rollouts, name: 'shop', namespace: 'default' };
  const { policies } = await explainObject(api, wanted, 'token-injector');
  expect(policies).toMatchObject([
    { policy: 'agent', outcomes: [{ container: 'app', subject: 'TOKEN', reason: 'env-added' }] },
  ]);
});
