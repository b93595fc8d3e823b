import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import { KubeError } from '../../src/kube/client/api.ts';
import { createKubeApi } from '../../src/kube/client/http-api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { startHttpProxy } from './local-proxy.ts';
import { json, startServer, status, writeKubeconfig } from './local-server.ts';

const { configMaps } = resources;

it('verifies the server certificate by the CA of the kubeconfig', async () => {
  const { ca, cert, key } = await issueDevelopmentCertificate(['127.0.0.1'], new Date());
  const tls = { cert, key };
  const data = Buffer.from(ca).toString('base64');
  const server = await startServer({
    tls,
    cluster: { 'certificate-authority-data': data },
    user: { token: 'sesame' },
  });
  const api = await createKubeApi({ kubeconfig: server.kubeconfig });
  expect(await api.get(configMaps, 'a', 'ours')).toBeUndefined();
  expect(server.requests[0]?.headers.authorization).toBe('Bearer sesame');

  const stranger = await startServer({ tls, user: { token: 'sesame' } });
  const wary = await createKubeApi({ kubeconfig: stranger.kubeconfig });
  const error = await wary.get(configMaps, 'a', 'ours').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ status: 0, reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  expect(String(error)).not.toContain('sesame');
  expect(stranger.requests).toEqual([]);
});

it('asks the exec plugin for credentials, and again after a 401', async () => {
  const server = await startServer();
  const token = join(server.kubeconfig, '..', 'token');
  const plugin = join(server.kubeconfig, '..', 'plugin.mjs');
  writeFileSync(
    plugin,
    `import { readFileSync } from 'node:fs';
       const token = readFileSync(${JSON.stringify(token)}, 'utf8');
       console.log(JSON.stringify({ status: { token } }));`,
  );
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: [plugin],
  };
  const api = await createKubeApi({
    kubeconfig: writeKubeconfig({ cluster: { server: server.url }, user: { exec } }),
  });
  server.otherwise((response, { headers }) => {
    const known = headers.authorization === 'Bearer second';
    (known ? json({ metadata: { name: 'a' } }) : status(401, 'Unauthorized'))(
      response,
      {} as never,
    );
  });
  writeFileSync(token, 'first\n');
  await expect(api.get(configMaps, 'a', 'ours')).rejects.toMatchObject({
    status: 401,
    message: 'cannot get ConfigMap ours/a: 401 Unauthorized',
  });
  writeFileSync(token, 'second\n');
  expect(await api.get(configMaps, 'a', 'ours')).toBeDefined();
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer first',
    'Bearer first',
    'Bearer first',
    'Bearer second',
  ]);
});

it('impersonates a user, with the credentials of the kubeconfig', async () => {
  const server = await startServer({ user: { token: 'sesame' } });
  const api = await createKubeApi({ kubeconfig: server.kubeconfig, as: 'jane' });
  await api.get(configMaps, 'a', 'ours');
  expect(server.requests[0]?.headers).toMatchObject({
    authorization: 'Bearer sesame',
    'impersonate-user': 'jane',
  });
});

it('reads credentials from a file, without its line break', async () => {
  const server = await startServer();
  const tokenFile = join(server.kubeconfig, '..', 'token');
  writeFileSync(tokenFile, 'sesame\n');
  const user = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
  const api = await createKubeApi({
    kubeconfig: writeKubeconfig({ cluster: { server: server.url }, user }),
  });
  await api.get(configMaps, 'a', 'ours');
  expect(server.requests[0]?.headers.authorization).toBe('Bearer sesame');
});

it('uses the proxy of the kubeconfig, for a local server too', async () => {
  const { ca, cert, key } = await issueDevelopmentCertificate(['127.0.0.1'], new Date());
  const data = Buffer.from(ca).toString('base64');
  const behind = await startServer({ tls: { cert, key } });
  const proxy = await startHttpProxy({ server: behind.url });
  const api = await createKubeApi({
    kubeconfig: writeKubeconfig({
      cluster: {
        server: behind.url,
        'certificate-authority-data': data,
        'proxy-url': `http://127.0.0.1:${proxy.port}`,
      },
    }),
  });
  expect(await api.get(configMaps, 'a', 'ours')).toBeUndefined();
  expect(proxy.asked).toEqual([behind.url.replace('https://', '')]);
});

it('reports an unusable kubeconfig as a KubeError', async () => {
  await expect(createKubeApi({ kubeconfig: '/absent/kubeconfig' })).rejects.toThrow(KubeError);
  const nowhere = writeKubeconfig({ cluster: { server: 'http://127.0.0.1:1' } });
  const api = await createKubeApi({ kubeconfig: nowhere });
  await expect(api.list(configMaps)).rejects.toMatchObject({
    status: 0,
    reason: 'ECONNREFUSED',
    message:
      'cannot list configmaps: no answer from http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
  });
});
