import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import { type Api, type KubeObject, accepted } from './api.ts';
import type { PodView } from './registration.ts';
import { listenHost, testHost } from './webhook-process.ts';

/** What the webhook of somebody else adds to each pod. */
export const lateContainer = { name: 'late', image: 'registry.example/late:1.0' };

/** Starts a webhook of somebody else, which the API server calls after ours, for the pods of a namespace; until the end of the test. */
export async function startLateWebhook(api: Api, namespace: string): Promise<void> {
  const { ca, cert, key } = await issueDevelopmentCertificate([testHost], new Date());
  const server = createServer({ cert, key }, (request, response) => {
    void readAll(request).then((body) => {
      const { uid, object } = (JSON.parse(body) as { request: { uid: string; object: PodView } })
        .request;
      const there = object.spec.containers.some(({ name }) => name === lateContainer.name);
      const add = { op: 'add', path: '/spec/containers/-', value: lateContainer };
      const patch = Buffer.from(JSON.stringify(there ? [] : [add])).toString('base64');
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid, allowed: true, patchType: 'JSONPatch', patch },
        }),
      );
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, listenHost, resolve));
  const configuration: KubeObject = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    // Configurations are called in the order of their names.
    metadata: { name: 'zz-adds-a-container' },
    webhooks: [
      {
        name: 'adds.a.container',
        clientConfig: {
          url: `https://${testHost}:${(server.address() as AddressInfo).port}`,
          caBundle: Buffer.from(ca).toString('base64'),
        },
        rules: [
          { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
      },
    ],
  };
  onTestFinished(async () => {
    await api.delete(configuration);
    server.closeAllConnections();
    server.close();
  });
  await accepted(api.create(configuration));
}
