import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueDevelopmentCertificate } from '../src/certificates/development.ts';
import { agentPolicies } from './agent-policies.ts';
import type { Target } from './load.ts';
import { agentReview } from './review.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** Starts what is measured; all of it, and the folder that it works in, goes when it is closed. */
export interface Servers {
  readonly floor: () => Promise<ServerProcess>;
  /** With that many policies in files. */
  readonly webhook: (policies: number) => Promise<ServerProcess>;
  /** With policies and certificate from that API server. */
  readonly webhookInCluster: (apiServer: ServerProcess) => Promise<ServerProcess>;
  /** Stands for an API server with that many policies. */
  readonly apiServer: (policies: number) => Promise<ServerProcess>;
  readonly target: (server: ServerProcess, body?: string) => Target;
  readonly close: () => Promise<void>;
}

const root = join(import.meta.dirname, '..');
// The npm script gives this process the other one.
const core = 0;

/** Makes the folder and the certificate that all of them share. */
export async function openServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), 'token-injector-bench-'));
  const { ca, cert, key } = await issueDevelopmentCertificate(['localhost'], new Date());
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const tls = [write('tls.crt', cert), write('tls.key', key)] as const;
  const started: ServerProcess[] = [];
  const start = async (...program: Parameters<typeof startServer>) => {
    const server = await startServer(...program);
    started.push(server);
    return server;
  };
  const file = (path: string) => join(root, path);
  const startWebhook = (flags: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    start({
      core,
      ready: 'health',
      env,
      command: (port, healthPort) => {
        const address = [
          '--host=127.0.0.1',
          `--port=${port}`,
          `--health-port=${healthPort}`,
          '--drain-seconds=0',
        ];
        return [file('dist/token-injector.js'), 'webhook', ...flags, ...address];
      },
    });

  return {
    floor: () =>
      start({
        core,
        ready: 'connection',
        command: (port) => [process.execPath, file('bench/floor.js'), ...tls, String(port)],
      }),
    webhook: (count) => {
      const policies = join(folder, `policies-${count}`);
      mkdirSync(policies, { recursive: true });
      for (const policy of agentPolicies(count))
        write(`policies-${count}/${policy.metadata.name}.yaml`, JSON.stringify(policy));
      const [certFile, keyFile] = tls;
      const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile];
      return startWebhook(['--policies', policies, ...files]);
    },
    apiServer: (policies) =>
      start({
        core,
        ready: 'connection',
        command: (port) => {
          const what = [...tls, String(policies), String(port)];
          return [process.execPath, file('bench/api-server.ts'), ...what];
        },
      }),
    webhookInCluster: ({ port }) =>
      startWebhook(['--policies-from-cluster', '--tls-secret', 'bench-tls'], {
        KUBECONFIG: write('kubeconfig', kubeconfig(port, ca)),
        POD_NAMESPACE: 'bench',
      }),
    target: (server, body = agentReview()) => ({
      port: server.port,
      ca,
      path: '/mutate/aikido',
      body,
    }),
    async close() {
      await Promise.all(started.map((server) => server.stop()));
      rmSync(folder, { recursive: true });
    },
  };
}

function kubeconfig(port: number, ca: string): string {
  const server = `https://localhost:${port}`;
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    clusters: [{ name: 'bench', cluster }],
    users: [{ name: 'bench', user: { token: 'none' } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    'current-context': 'bench',
  });
}
