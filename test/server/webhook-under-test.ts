import { Agent, type RequestOptions, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import type { PolicySet } from '../../src/core/policy/policy-set.ts';
import { createAdmissionMetrics } from '../../src/server/admission-metrics.ts';
import { readServingCertificate } from '../../src/certificates/serving-certificate.ts';
import { createConnectionMetrics } from '../../src/server/connection-metrics.ts';
import type { PoliciesInForce } from '../../src/server/policies-in-force.ts';
import { createAdmissionServer } from '../../src/server/server.ts';
import { ownNamespace } from '../case-folder.ts';

/** An answer over HTTPS. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A real HTTPS admission server on loopback with everything that it says kept for inspection. */
export interface WebhookUnderTest {
  readonly app: FastifyInstance;
  readonly port: number;
  readonly ca: string;
  /** Every log line so far. */
  readonly logged: object[];
  metrics(): Promise<string>;
  post(path: string, body: string | Buffer, headers?: RequestOptions['headers']): Promise<Answer>;
  setDraining(): void;
  close(): Promise<void>;
}

/** Starts an admission server that answers by the given policies. */
export async function startWebhookUnderTest(
  policies: () => PolicySet,
  lookUp?: PoliciesInForce['lookUp'],
): Promise<WebhookUnderTest> {
  const { ca, cert, key } = await issueDevelopmentCertificate(
    ['localhost', '127.0.0.1'],
    new Date(),
  );
  const logged: object[] = [];
  const keep = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, ...fields, message });
  const registry = new Registry();
  let draining = false;
  const log = { info: keep('info'), warn: keep('warn'), error: keep('error') };
  const app = createAdmissionServer({
    certificate: readServingCertificate(cert, key),
    policies: {
      get current() {
        return policies();
      },
      ...(lookUp ? { lookUp } : {}),
    },
    ownNamespace,
    metrics: createAdmissionMetrics(registry),
    connections: createConnectionMetrics(registry, log, () => performance.now())('admission'),
    log,
    draining: () => draining,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const agent = new Agent({ ca, keepAlive: true });
  return {
    app,
    port,
    ca,
    logged,
    metrics: () => registry.metrics(),
    post: (path, body, headers = { 'content-type': 'application/json' }) =>
      send({ agent, port, path, method: 'POST', headers }, body),
    setDraining: () => (draining = true),
    async close() {
      agent.destroy();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

/** Sends one request and reads the whole answer. */
export function send(options: RequestOptions, body: string | Buffer = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A review as the API server sends it, with some of its request changed. */
export function reviewOf(
  object: unknown,
  change: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      requestKind: { group: '', version: 'v1', kind: 'Pod' },
      requestResource: { group: '', version: 'v1', resource: 'pods' },
      name: '',
      namespace: 'agents',
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        groups: ['system:authenticated'],
      },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...change,
    },
  };
}
