import { type KubeApi, KubeError } from '../../kube/client/api.ts';
import { type Delay, realDelay } from '../../kube/delay.ts';
import { createKubeApi } from '../../kube/client/http-api.ts';
import { createPolicyReader, projectPolicy } from '../../policies/stored-policies.ts';
import { resources } from '../../kube/client/resources.ts';
import { projectTlsSecret, readTlsSecret } from '../../kube/read-tls-secret.ts';
import { startInformer } from '../../kube/informer/informer.ts';
import type { Settings } from '../../runtime/settings.ts';
import { ClusterPolicies } from '../../server/cluster-policies.ts';
import type { Log } from '../../server/log.ts';
import { ServedCertificate } from '../../server/served-certificate.ts';
import type { Source } from '../serving/serve-admission.ts';
import { UsageError } from '../usage-error.ts';

/** What sources in a cluster need from outside. */
export interface Cluster {
  readonly api: KubeApi;
  readonly delay: Delay;
  readonly random: () => number;
  /** The time by the calendar. */
  readonly now: () => Date;
  /** Milliseconds since whenever, that never go back. */
  readonly elapsed: () => number;
}

// A certificate may become valid without any change to its Secret.
const retryMs = 10_000;

type ApiSettings = Pick<Settings, 'kubeconfig' | 'proxies'>;

/** Sources in the cluster that KUBECONFIG or the pod's service account names; throws UsageError where there is none. */
export async function createClusterSources(settings: ApiSettings) {
  const cluster: Cluster = {
    api: await createOrExplain(settings),
    delay: realDelay,
    random: Math.random,
    now: () => new Date(),
    elapsed: () => performance.now(),
  };
  return {
    policies: () => policiesOfCluster(cluster),
    certificate: (name: string, namespace: string) => certificateOfSecret(cluster, name, namespace),
  };
}

async function createOrExplain({ kubeconfig, proxies }: ApiSettings): Promise<KubeApi> {
  try {
    return await createKubeApi({ kubeconfig, proxies });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    throw new UsageError(`${error.message}; set KUBECONFIG, or run it in a cluster`);
  }
}

/** The TokenPolicies of a cluster. */
export function policiesOfCluster(cluster: Cluster): Source<ClusterPolicies> {
  const { api, delay, random, elapsed } = cluster;
  const resource = resources.tokenPolicies;
  return async ({ log, ended }) => {
    const read = createPolicyReader();
    let problem: string | undefined;
    const list = startInformer({
      api,
      resource,
      project: projectPolicy,
      onChange: () => policies.update(read(list.items())),
      onProblem: (error) => {
        problem = error?.message;
        tellProblem(log, 'TokenPolicies', error);
      },
      delay,
      random,
    });
    const policies = new ClusterPolicies({
      readAll: async () => read((await api.list(resource, {}, projectPolicy)).items),
      watch: () => ({ synced: list.synced, connected: list.connected, problem }),
      log,
      now: elapsed,
      delay,
    });
    ended.addEventListener('abort', () => list.stop(), { once: true });
    return policies;
  };
}

/** A certificate and its key in a Secret of type kubernetes.io/tls, which need not be there yet. */
export function certificateOfSecret(
  { api, delay, random, now }: Cluster,
  name: string,
  namespace: string,
): Source<ServedCertificate> {
  const called = `Secret ${namespace}/${name}`;
  return async ({ log, ended }) => {
    const certificate = new ServedCertificate(called, log, now);
    let problem: Error | undefined;
    let usable = false;
    const read = async () => {
      const secret = list.get(name, namespace);
      if (secret) return readTlsSecret(secret);
      throw list.synced || !problem ? new Error(`${called} does not exist`) : problem;
    };
    const reload = async () => {
      usable = await certificate.reload(read);
    };
    const list = startInformer({
      api,
      resource: resources.secrets,
      // By its name: the right to list or watch others is not needed.
      selection: { namespace, fieldSelector: `metadata.name=${name}` },
      project: projectTlsSecret,
      onChange: () => void reload(),
      onProblem: (error) => {
        problem = error;
        tellProblem(log, called, error);
        // While nothing was read, this is what the certificate waits for; later the one in service is as good as before.
        if (error && !list.synced) void reload();
      },
      delay,
      random,
    });
    void (async () => {
      while (!ended.aborted) {
        await delay(retryMs, ended).catch(() => undefined);
        if (!usable && list.synced && !ended.aborted) await reload();
      }
    })();
    ended.addEventListener('abort', () => list.stop(), { once: true });
    return certificate;
  };
}

function tellProblem(log: Log, watched: string, error: Error | undefined): void {
  if (error) log.warn({ watched, problem: error.message }, 'watch interrupted');
  else log.info({ watched }, 'watch goes on');
}
