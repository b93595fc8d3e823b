import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { send, type Answer } from '../server/webhook-under-test.ts';
import { accepted, type Api, type KubeObject } from './api.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { formatKubeconfig, type Connection } from './kubeconfig.ts';
import { openProcessGroup, whileRunning } from './process-group.ts';
import { rightsInForce } from './rights-in-force.ts';
import { testHost } from './webhook-process.ts';

const program = path.join(import.meta.dirname, '../../src/main.ts');
const account = 'webhook';
/** The Secret that its certificate is in. */
export const secretName = 'webhook-tls';

/** A `token-injector webhook` process that takes all it needs from a cluster, with the rights that it needs only. */
export interface ClusterWebhook {
  readonly port: number;
  readonly url: string;
  readonly log: () => string;
  /** A page of the health server, with its status in front. */
  readonly page: (name: string) => Promise<string>;
  /** Sends a review, as the API server does. */
  readonly review: (policy: string, review: object) => Promise<Answer>;
  readonly end: (signal: NodeJS.Signals) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** Starts it in a namespace; it is alive when this returns, not ready. */
export async function startClusterWebhook(
  api: Api,
  connection: Connection,
  namespace: string,
): Promise<ClusterWebhook> {
  const group = openProcessGroup();
  const token = await createAccount(api, namespace);
  const { certificate: _, key: __, ...server } = connection;
  const kubeconfig = path.join(group.folder, 'kubeconfig');
  writeFileSync(kubeconfig, formatKubeconfig({ ...server, token }), { mode: 0o600 });
  const host = testHost === '127.0.0.1' ? testHost : '0.0.0.0';
  const port = await freePort(host);
  const healthPort = await freePort(host);
  const sources = ['--policies-from-cluster', '--tls-secret', secretName];
  const address = ['--host', host, `--port=${port}`, `--health-port=${healthPort}`];
  const running = await group.start(
    'webhook',
    process.execPath,
    [program, 'webhook', ...sources, ...address, '--drain-seconds=1'],
    { env: { KUBECONFIG: kubeconfig, POD_NAMESPACE: namespace } },
  );
  const page = async (name: string) => {
    const answer = await fetch(`http://127.0.0.1:${healthPort}${name}`);
    return `${answer.status} ${await answer.text()}`;
  };
  await whileRunning([running], (signal) =>
    eventually('the webhook to be alive', () => page('/livez'), { signal }),
  );
  return {
    port,
    url: `https://${testHost}:${port}`,
    log: () => readFileSync(running.log, 'utf8'),
    page,
    review: (policy, review) =>
      send(
        {
          port,
          path: `/mutate/${policy}?timeout=5s`,
          method: 'POST',
          agent: false,
          rejectUnauthorized: false,
          headers: { 'content-type': 'application/json' },
        },
        JSON.stringify(review),
      ),
    end(signal) {
      process.kill(running.pid, signal);
      return running.ended;
    },
    close: () => group.close(),
  };
}

/** Creates a ServiceAccount that may read policies and the one Secret; gives back a token of it. */
async function createAccount(api: Api, namespace: string): Promise<string> {
  const rbac = 'rbac.authorization.k8s.io';
  const verbs = ['get', 'list', 'watch'];
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
  const name = `webhook-${namespace}`;
  const metadata = { name: account, namespace };
  const objects: readonly KubeObject[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: ['token-injector.dev'], resources: ['tokenpolicies'], verbs }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      subjects,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [secretName], verbs }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      subjects,
      roleRef: { apiGroup: rbac, kind: 'Role', name: account },
    },
  ];
  for (const object of objects) await accepted(api.apply(object));
  await rightsInForce(api, objects);
  const { status } = await accepted(
    api.createUnder<{ readonly status: { readonly token: string } }>(
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      'token',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    ),
  );
  return status.token;
}

/** Takes away what `startClusterWebhook` left outside the namespace. */
export async function forgetAccount(api: Api, namespace: string): Promise<void> {
  const metadata = { name: `webhook-${namespace}` };
  for (const kind of ['ClusterRoleBinding', 'ClusterRole'])
    await api.delete({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata });
}
