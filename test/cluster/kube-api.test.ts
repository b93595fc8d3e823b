import { randomBytes } from 'node:crypto';

import { afterAll } from 'vitest';

import type { Resource } from '../../src/kube/client/resources.ts';

import { createKubeApi } from '../../src/kube/client/http-api.ts';
import { testApiContract } from '../kube/api-contract.ts';
import { accepted, type Api, type KubeObject } from './api.ts';
import { eventually } from './eventually.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { describeCluster } from './suite.ts';

describeCluster('the API over HTTPS', ({ api, kubeconfig }) => {
  const namespaces: string[] = [];
  const kinds: KubeObject[] = [];
  afterAll(async () => {
    await Promise.all(namespaces.map((name) => deleteNamespace(api, name)));
    await Promise.all(kinds.map((kind) => api.delete(kind)));
  });

  testApiContract(async () => {
    const namespace = await createNamespace(api, 'kube-api');
    namespaces.push(namespace);
    const custom = await createKind(api, kinds);
    return {
      api: await createKubeApi({ kubeconfig, pageSize: 2 }),
      shortWatches: await createKubeApi({ kubeconfig, watchSeconds: 5 }),
      namespace,
      suffix: randomBytes(4).toString('hex'),
      putAsOther: (object) =>
        accepted(api.replace(object as KubeObject, { query: { fieldManager: 'other' } })),
      custom,
      // The history of the kind begins with the kind.
      tooOld: async () => ({ resource: custom, version: '1' }),
    };
  });
});

/** Creates a kind with a name of its own, which goes to the list of those to delete. */
async function createKind(api: Api, kinds: KubeObject[]): Promise<Resource> {
  const group = `kube-api-${randomBytes(4).toString('hex')}.test`;
  const resource = {
    apiVersion: `${group}/v1`,
    kind: 'Thing',
    plural: 'things',
    namespaced: false,
  };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { kind: 'Thing', plural: 'things' },
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  };
  await accepted(api.create(definition));
  kinds.push(definition);
  await eventually('the new kind', () => accepted(api.list(resource)));
  return resource;
}

const schema = {
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: { type: 'object', additionalProperties: { type: 'string' } },
      status: {
        type: 'object',
        properties: {
          conditions: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['type'],
            items: {
              type: 'object',
              required: ['type'],
              properties: Object.fromEntries(
                ['type', 'status', 'reason', 'message', 'lastTransitionTime'].map((name) => [
                  name,
                  { type: 'string' },
                ]),
              ),
            },
          },
        },
      },
    },
  },
};
