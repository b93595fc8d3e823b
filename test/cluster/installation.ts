import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parse, stringify } from 'yaml';
import { type Api, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { type Program, openProcessGroup, whileRunning } from './process-group.ts';
import { installDefinition } from './token-policy-definition.ts';

const program = path.join(import.meta.dirname, '../../src/main.ts');
const servicePort = 8443;
// Arguments of Node.js that make the program one of that version.
const versions = {
  current: [],
  newer: ['--import', path.join(import.meta.dirname, 'newer-version/hooks.ts')],
};
type Version = keyof typeof versions;

/** A webhook and any number of controllers as an installation has them, as processes beside the API server. */
export interface Installation {
  /** The namespace of token-injector itself. */
  readonly namespace: string;
  /** The ClusterRole that owns what the controller writes. */
  readonly owner: string;
  /** Starts a controller, as a user of that name where one is given. */
  startController(
    flags?: readonly string[],
    user?: string,
    version?: Version,
  ): Promise<RunningProcess>;
  /** Starts a webhook at the address of its Service. */
  startWebhook(version?: Version): Promise<RunningProcess>;
  /** Ends the processes that a test left behind. */
  endAll(): Promise<void>;
  close(): Promise<void>;
}

/** A process of ours. */
interface RunningProcess {
  readonly identity: string;
  log(): string;
  /** The page of its metrics. */
  metrics(): Promise<string>;
  end(signal: NodeJS.Signals): Promise<string>;
}

/** The ClusterRole that owns what the controller writes. */
export const owner = (name: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name },
  rules: [],
});

/** Makes the ClusterRole that owns what the controller writes; also in the place of one that was deleted. */
export function createOwner(api: Api, name: string): Promise<unknown> {
  return accepted(api.create(owner(name)));
}

/** Makes what the chart makes, but for the Deployments. */
export async function openInstallation(api: Api, kubeconfig: string): Promise<Installation> {
  const group = openProcessGroup();
  const definition = await installDefinition(api);
  const namespace = await createNamespace(api, 'installation');
  await createOwner(api, namespace);
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'webhook', namespace },
    spec: { ports: [{ port: servicePort }] },
  };
  const { spec } = await accepted(api.create<{ spec: { clusterIP: string } }>(service));
  let count = 0;
  const started: Program[] = [];

  const kubeconfigAs = (user: string) => {
    const config = parse(readFileSync(kubeconfig, 'utf8')) as { users: { user: object }[] };
    for (const entry of config.users) entry.user = { ...entry.user, as: user };
    const file = path.join(group.folder, `${user}.kubeconfig`);
    writeFileSync(file, stringify(config), { mode: 0o600 });
    return file;
  };

  async function start(
    command: string,
    flags: readonly string[],
    version: Version,
    { host = '127.0.0.1', kubeconfig: file = kubeconfig } = {},
  ): Promise<RunningProcess> {
    const identity = `${command}-${count++}`;
    const healthPort = await freePort(host);
    const running: Program = await group.start(
      identity,
      process.execPath,
      [...versions[version], program, command, ...flags, '--health-port', String(healthPort)],
      { env: { KUBECONFIG: file, POD_NAMESPACE: namespace, POD_NAME: identity } },
    );
    const page = async (name: string) => {
      const answer = await fetch(`http://${host}:${healthPort}${name}`);
      if (!answer.ok) throw new Error(await answer.text());
      return answer.text();
    };
    started.push(running);
    await whileRunning([running], (signal) =>
      eventually(`${identity} to be alive`, () => page('/livez'), { signal }),
    );
    return {
      identity,
      log: () => readFileSync(running.log, 'utf8'),
      metrics: () => page('/metrics'),
      end(signal) {
        process.kill(running.pid, signal);
        return running.ended;
      },
    };
  }

  return {
    namespace,
    owner: namespace,
    startController: (flags = [], user, version = 'current') =>
      start(
        'controller',
        [
          `--service=webhook:${servicePort}`,
          `--owner=${namespace}`,
          `--missing-token-policies=aikido=${namespace}`,
          '--probe-seconds=1',
          // The machine may be busy.
          '--timeout-seconds=5',
          ...flags,
        ],
        version,
        user === undefined ? {} : { kubeconfig: kubeconfigAs(user) },
      ),
    startWebhook: (version = 'current') =>
      start(
        'webhook',
        [
          '--policies-from-cluster',
          '--tls-secret=token-injector-tls',
          `--host=${spec.clusterIP}`,
          `--port=${servicePort}`,
          '--drain-seconds=1',
        ],
        version,
        { host: spec.clusterIP },
      ),
    async endAll() {
      for (const running of started.splice(0)) await running.stop();
    },
    async close() {
      await group.close();
      const ours = 'admissionregistration.k8s.io/v1';
      for (const kind of [
        'MutatingWebhookConfiguration',
        'ValidatingAdmissionPolicyBinding',
        'ValidatingAdmissionPolicy',
      ]) {
        const { items } = await accepted(
          api.list(
            { apiVersion: ours, kind },
            { labelSelector: 'app.kubernetes.io/name=token-injector' },
          ),
        );
        for (const { metadata } of items) await api.delete({ apiVersion: ours, kind, metadata });
      }
      await api.delete(owner(namespace));
      await deleteNamespace(api, namespace);
      await definition.remove();
    },
  };
}
