import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { type Api, type KubeObject, accepted, createApi } from '../test/cluster/api.ts';
import { BinariesUnavailable, findControlPlaneBinaries } from '../test/cluster/binaries.ts';
import { startControlPlane } from '../test/cluster/control-plane.ts';
import { freePort } from '../test/cluster/free-port.ts';
import { createNamespace } from '../test/cluster/namespaces.ts';
import { installDefinition } from '../test/cluster/token-policy-definition.ts';
import { agentPolicies } from './agent-policies.ts';
import { type Program, type ServerProcess, startServer } from './server-process.ts';

/** A real control plane with policies in it; the bundle's processes run beside it, as an installation has them. */
export interface InstalledCluster {
  readonly api: Api;
  readonly kubeconfig: string;
  /** Is ready when it answers; one at a time, for it has the address of its Service. */
  readonly webhook: () => Promise<ServerProcess>;
  /** Takes the registration away, and is ready when it has registered all policies anew; one at a time. */
  readonly controller: () => Promise<ServerProcess>;
  /** May read and write Secrets of these names, and delivers them; is ready when it holds its Lease. */
  readonly secretsController: (names: readonly string[]) => Promise<ServerProcess>;
  /** Stands in for the webhook where `floorRegistration` says so. */
  readonly floor: () => Promise<ServerProcess>;
  /** What the controller has written; undefined while there is none. */
  readonly registration: () => Promise<Registration | undefined>;
  /** The same with the floor in the place of the webhook. */
  readonly floorRegistration: (registration: Registration) => Registration;
  /** Ends all of it. */
  readonly close: () => Promise<void>;
}

/** The webhook configuration as it can be created anew. */
export interface Registration extends KubeObject {
  readonly webhooks: readonly {
    readonly clientConfig: { readonly service: { readonly port: number } };
  }[];
}

/** Names the webhook configuration. */
export const configuration = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'token-injector' },
};

const bundle = join(import.meta.dirname, '../dist/token-injector.js');
const floor = join(import.meta.dirname, 'floor.js');
// The npm script gives this process the other one.
const core = 0;

/** Starts a control plane with that many policies; nothing, and the reason on stderr, where its programs cannot be had. */
export function openOrSkip(policies: number): Promise<InstalledCluster | undefined> {
  return openInstalledCluster(policies).catch((error: unknown) => {
    if (!(error instanceof BinariesUnavailable)) throw error;
    process.stderr.write(`skipped: whatever needs a real API server: ${error.message}\n`);
    return undefined;
  });
}

/** Starts a control plane with that many policies; throws BinariesUnavailable where its programs cannot be had. */
async function openInstalledCluster(policies: number): Promise<InstalledCluster> {
  const binaries = await findControlPlaneBinaries();
  // A program inherits the cores of whoever starts it, and on one of its own an API server stands still now and then.
  moveTo(`0-${cpus().length - 1}`);
  const controlPlane = await startControlPlane(binaries, {
    // Writing down every request with its answer is dear, and not what a cluster does.
    apiServerFlags: ['--audit-log-path='],
  }).finally(() => moveTo('1'));
  const started: ServerProcess[] = [];
  const close = async () => {
    await Promise.all(started.map((server) => server.stop()));
    await controlPlane.stop();
  };
  try {
    const api = createApi(controlPlane.connection);
    await installDefinition(api);
    const namespace = await createNamespace(api, 'installation');
    const port = await freePort();
    const floorPort = await freePort();
    await accepted(api.create(ownerOf(namespace)));
    // Whatever listens on the Service's address is the Service: these are addresses of loopback.
    const { spec } = await accepted(
      api.create<{ readonly spec: { readonly clusterIP: string } }>({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'webhook', namespace },
        spec: {
          ports: [
            { name: 'https', port },
            { name: 'floor', port: floorPort },
          ],
        },
      }),
    );
    const host = spec.clusterIP;
    for (const policy of agentPolicies(policies)) await accepted(api.create(policy));

    const registration = async () => {
      const answer = await api.get<Registration>(configuration);
      return answer.ok ? answer.body : undefined;
    };
    const begin = async (program: Program) => {
      const server = await startServer(program);
      started.push(server);
      return server;
    };
    const start = (ready: Program['ready'], flags: readonly string[]) =>
      begin({
        core,
        host,
        port,
        ready,
        env: {
          KUBECONFIG: controlPlane.kubeconfig,
          POD_NAMESPACE: namespace,
          POD_NAME: `bench-${started.length}`,
        },
        command: (_, healthPort) => [bundle, ...flags, `--health-port=${healthPort}`],
      });
    const folder = dirname(controlPlane.kubeconfig);
    return {
      api,
      kubeconfig: controlPlane.kubeconfig,
      registration,
      floorRegistration: ({ webhooks, ...rest }) => ({
        ...rest,
        webhooks: webhooks.map(({ clientConfig, ...entry }) => ({
          ...entry,
          clientConfig: {
            ...clientConfig,
            service: { ...clientConfig.service, port: floorPort },
          },
        })),
      }),
      async floor() {
        const metadata = { name: 'token-injector-tls', namespace };
        const secret = { apiVersion: 'v1', kind: 'Secret', metadata };
        const { data } = await accepted(api.get<{ data: Record<string, string> }>(secret));
        const tls = ['tls.crt', 'tls.key'].map((name) => {
          const file = join(folder, name);
          writeFileSync(file, atob(data[name]!), { mode: 0o600 });
          return file;
        });
        return begin({
          core,
          host,
          port: floorPort,
          ready: 'connection',
          command: () => [process.execPath, floor, ...tls, String(floorPort), host],
        });
      },
      webhook: () =>
        start('health', [
          'webhook',
          '--policies-from-cluster',
          '--tls-secret=token-injector-tls',
          `--host=${host}`,
          `--port=${port}`,
          '--drain-seconds=0',
        ]),
      async controller() {
        await api.delete(configuration);
        const all = async () => ((await registration())?.webhooks.length ?? 0) >= policies;
        return start(all, ['controller', `--service=webhook:${port}`, `--owner=${namespace}`]);
      },
      secretsController: (names) => {
        const lease = {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name: 'secrets-controller', namespace },
        };
        return start(
          async () => (await api.get(lease)).ok,
          [
            'controller',
            '--controllers=secrets,delivery',
            `--lease=${lease.metadata.name}`,
            `--secret-names=${names.join(',')}`,
          ],
        );
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Has this process run on these cores. */
function moveTo(cores: string): void {
  execFileSync('taskset', ['--pid', '--cpu-list', cores, String(process.pid)], { stdio: 'ignore' });
}

function ownerOf(name: string): KubeObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name },
    rules: [],
  };
}
