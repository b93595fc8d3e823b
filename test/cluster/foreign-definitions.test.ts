import { afterAll, beforeAll, expect, it } from 'vitest';

import { accepted, type KubeObject } from './api.ts';
import { type ForeignDefinitions, installForeignDefinitions } from './foreign-definitions.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { describeCluster } from './suite.ts';

const name = 'aikido-api-secret';
const spec = {
  refreshInterval: '1h',
  secretStoreRef: { name: 'vault-backend', kind: 'SecretStore' },
  target: { name, creationPolicy: 'Owner' },
  data: [{ secretKey: 'token', remoteRef: { key: 'aikido/k8s-agent', property: 'apiToken' } }],
};
const objects: readonly KubeObject[] = [
  { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata: { name }, spec },
  {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ClusterExternalSecret',
    metadata: { name },
    spec: { namespaces: ['agents'], externalSecretSpec: spec },
  },
  {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name },
    spec: { encryptedData: { token: 'AgA=' } },
  },
];

describeCluster('the definitions of operators of Secrets', ({ api, kubectl, startedHere }) => {
  const installed: ForeignDefinitions[] = [];
  let namespace = '';
  beforeAll(async () => {
    // In a cluster of somebody else these may be in use.
    if (!startedHere) return;
    namespace = await createNamespace(api, 'definitions');
    for (const project of ['external-secrets', 'sealed-secrets'] as const)
      installed.push(await installForeignDefinitions(kubectl, project));
  });
  afterAll(async () => {
    for (const definitions of installed) await definitions.remove();
    if (namespace) await deleteNamespace(api, namespace);
  });

  it.runIf(startedHere).each(objects)('serve $apiVersion $kind', async (object) => {
    const metadata = { ...object.metadata, namespace };
    await accepted(
      api.create({ ...object, metadata }, { query: { dryRun: 'All', fieldValidation: 'Strict' } }),
    );
  });

  it.runIf(startedHere)('serve external-secrets.io/v1beta1 no more', async () => {
    const { status } = await api.request('GET', '/apis/external-secrets.io/v1beta1');
    expect(status).toBe(404);
  });
});
