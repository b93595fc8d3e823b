import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type KubeObject, accepted } from '../api.ts';
import { readAuditLog } from '../audit-log.ts';
import { eventually } from '../eventually.ts';
import { moduleVersion } from '../go-modules.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { startPodStream, summaryOf } from '../node/pod-stream.ts';
import {
  type PodView,
  agentPod,
  holdsToken,
  injectionInForce,
  variablePolicyValues,
} from '../registration.ts';
import type { Program } from '../process-group.ts';
import { describeCluster } from '../suite.ts';
import { type InstalledDefinition, installDefinition } from '../token-policy-definition.ts';
import { type CertManager, renewCertificate, startCertManager } from './cert-manager.ts';
import { type ReleaseProcesses, openReleaseProcesses } from './release-processes.ts';
import { objectsIn, renderChart } from './render.ts';
import { atServicePort, servicePort } from './service-port.ts';
import type { PolicyView } from '../policy-view.ts';

const token = { variable: 'AIKIDO_API_TOKEN', secret: 'aikido-api-secret' };
const values = stringify({
  ...variablePolicyValues,
  controller: { probeSeconds: 1 },
  // The machine may be busy.
  webhook: { timeoutSeconds: 5 },
  certificates: { source: 'cert-manager' },
});

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
interface Configuration extends KubeObject {
  readonly webhooks: readonly { clientConfig: { caBundle: string } }[];
}

it('holds the chart against the definitions of the cert-manager that runs', () => {
  const name = 'github.com/cert-manager/cert-manager';
  expect(moduleVersion(name)).toBe(moduleVersion(name, 'cert-manager'));
});

describeCluster('certificates by cert-manager', (cluster) => {
  const { api, kubectl, kubeconfig, startedHere, auditLog } = cluster;
  let definition: InstalledDefinition;
  let namespace: string;
  let agents: string;
  let certManager: CertManager;
  let release: ReleaseProcesses;
  let host: string;
  let startController: () => Promise<Program>;
  let startWebhook: () => Promise<Program>;
  let controller: Program;
  let webhook: Program;
  let manifests = '';
  const keys = new Set<string>();

  beforeAll(async () => {
    // In a cluster of somebody else these may be in use.
    if (!startedHere) return;
    definition = await installDefinition(api);
    namespace = await createNamespace(api, 'by-cert-manager');
    agents = await createNamespace(api, 'agents');
    certManager = await startCertManager(kubectl, kubeconfig);
    const objects = await install();
    const { spec } = await accepted(
      api.get<{ spec: { clusterIP: string } }>(objects.find(({ kind }) => kind === 'Service')!),
    );
    host = spec.clusterIP;
    release = openReleaseProcesses(api, kubeconfig, namespace);
    startController = () =>
      release.start('controller', objects, ['--service', `token-injector-webhook:${servicePort}`]);
    startWebhook = () =>
      release.start('webhook', objects, [
        '--host',
        host,
        '--port',
        String(servicePort),
        '--drain-seconds=1',
      ]);
    controller = await startController();
    webhook = await startWebhook();
    // Cold, cert-manager takes minutes to build.
  }, 900_000);
  afterAll(async () => {
    await release?.close();
    if (manifests) await kubectl(['delete', '--ignore-not-found', '-f', '-'], { input: manifests });
    await certManager?.close();
    for (const name of [namespace, agents]) if (name) await deleteNamespace(api, name);
    await definition?.remove();
  });

  /** Applies what the chart makes, but for what would run in pods. */
  async function install(): Promise<KubeObject[]> {
    const objects = atServicePort(objectsIn(await renderChart(values, namespace)));
    manifests = objects
      .filter(({ kind }) => kind !== 'Deployment' && kind !== 'Pod')
      .map((object) => stringify(object))
      .join('---\n');
    const applied = await kubectl(['apply', '--server-side', '-f', '-'], { input: manifests });
    expect(applied).toMatchObject({ code: 0 });
    return objects;
  }

  const secretNamed = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
  });
  const read = async (name: string, field: string) => {
    const { data } = await accepted(api.get<Secret>(secretNamed(name)));
    if (data?.['tls.key']) keys.add(atob(data['tls.key']));
    return atob(data?.[field] ?? '');
  };
  const bundle = async () => {
    const name = { metadata: { name: 'token-injector' } };
    const kind = 'MutatingWebhookConfiguration';
    const { webhooks } = await accepted(
      api.get<Configuration>({ apiVersion: 'admissionregistration.k8s.io/v1', kind, ...name }),
    );
    return atob(webhooks[0]!.clientConfig.caBundle);
  };
  const fingerprint = (pem: string) => new X509Certificate(pem).fingerprint256;

  /** The certificate that the webhook shows to an API server that asks it for the first time; throws if it is not trusted. */
  const served = async (): Promise<string> => {
    const ca = await bundle();
    const servername = `token-injector-webhook.${namespace}.svc`;
    const socket = connect({ host, port: servicePort, ca, servername });
    try {
      await once(socket, 'secureConnect');
      return socket.getPeerCertificate().fingerprint256;
    } catch (error) {
      // It may have been told of another CA meanwhile.
      if ((await bundle()) !== ca) return served();
      throw error;
    } finally {
      socket.destroy();
    }
  };

  /** Does something while pods are created, until the webhook serves another certificate; fails where a pod was missed. */
  async function whilePodsAreCreated(change: () => Promise<unknown>): Promise<void> {
    const before = await served();
    const pods = startPodStream(api, () => agentPod(agents), token);
    const distrusted = new Set<string>();
    let isOver = false;
    const looking = (async () => {
      while (!isOver) await served().catch(({ code }) => distrusted.add(code));
    })();
    try {
      await change();
      await eventually('another certificate in service', async () => {
        if ((await served()) === before) throw new Error('it is the one before');
      });
      await pods.more(20);
    } finally {
      isOver = true;
      await looking;
    }
    const counts = await pods.stop();
    expect(summaryOf(counts)).toContain(' 0 missed, 0 denied; undecided: none');
    expect([...distrusted]).toEqual([]);
  }

  it.runIf(startedHere)('are served and trusted, and pods get their reference', async () => {
    await eventually('the policy to be ready', async () => {
      const metadata = { name: 'aikido' };
      const { status } = await accepted(
        api.get<PolicyView>({
          apiVersion: 'token-injector.dev/v1alpha1',
          kind: 'TokenPolicy',
          metadata,
        }),
      );
      const found = (status?.conditions ?? []).map(({ type, reason }) => [type, reason]);
      expect(Object.fromEntries(found)).toMatchObject({
        Ready: 'Registered',
        Reachable: 'Answered',
      });
    });
    await injectionInForce(api, agents);
    const pod = await accepted(api.create<PodView>(agentPod(agents)));
    expect(pod.spec.containers.every(holdsToken)).toBe(true);
    expect(await bundle()).toBe(await read('token-injector-issuer-ca', 'tls.crt'));
    expect(await served()).toBe(fingerprint(await read('token-injector-issued', 'tls.crt')));
  });

  it.runIf(startedHere)('are renewed without a pod missed', async () => {
    const trusted = await bundle();
    await whilePodsAreCreated(() => renewCertificate(api, 'token-injector-tls', namespace));
    expect(await served()).toBe(fingerprint(await read('token-injector-issued', 'tls.crt')));
    expect(await bundle()).toBe(trusted);
  });

  it.runIf(startedHere)('are made again when a Secret is lost, without a pod missed', async () => {
    await whilePodsAreCreated(() => api.delete(secretNamed('token-injector-issued')));
    const before = await served();
    await api.delete(secretNamed('token-injector-tls'));
    await eventually('the Secret to be back', async () => {
      expect(fingerprint(await read('token-injector-tls', 'tls.crt'))).toBe(before);
    });
  });

  it.runIf(startedHere)('are not served before the API server knows their CA', async () => {
    const before = await served();
    await controller.stop();
    await renewCertificate(api, 'token-injector-issuer-ca', namespace);
    await renewCertificate(api, 'token-injector-tls', namespace);
    // As in a roll-out: the API server has no connection to this one yet.
    await webhook.stop();
    webhook = await startWebhook();
    await eventually('the webhook to answer', async () => expect(await served()).toBe(before));
    await injectionInForce(api, agents);
  });

  it.runIf(startedHere)('change to a new CA without a pod missed', async () => {
    const old = await bundle();
    await whilePodsAreCreated(async () => {
      controller = await startController();
    });
    const current = await read('token-injector-issuer-ca', 'tls.crt');
    expect(current).not.toBe(old);
    expect(await bundle()).toBe(current + old);
  });

  it.runIf(startedHere)('leave no key in a log', async () => {
    await read('token-injector-issued', 'tls.key');
    await read('token-injector-issuer-ca', 'tls.key');
    const log = release.log();
    expect(log).not.toContain('PRIVATE KEY');
    // The accounts' tokens.
    expect(/eyJ[\w-]{10}/.test(log)).toBe(false);
    expect(keys.size).toBeGreaterThanOrEqual(4);
    for (const key of keys)
      for (const line of key.split('\n').filter((text) => text.length > 40))
        expect(log.includes(line)).toBe(false);
  });

  it.runIf(auditLog !== undefined)('need no right that the chart does not give', () => {
    const mine = readAuditLog(auditLog!).filter(({ user }) =>
      user.username.startsWith(`system:serviceaccount:${namespace}:token-injector-`),
    );
    expect(new Set(mine.map(({ user }) => user.username)).size).toBe(2);
    const refused = mine.filter(({ responseStatus }) => responseStatus?.code === 403);
    expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  });
});
