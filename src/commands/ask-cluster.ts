import { type KubeApi, KubeError } from '../kube/client/api.ts';
import { createKubeApi } from '../kube/client/http-api.ts';
import { currentNamespace } from '../kube/client/kubeconfig.ts';
import type { Settings } from '../runtime/settings.ts';
import type { ClusterFlags } from './cluster-options.ts';
import { UsageError } from './usage-error.ts';

/** A cluster to ask. */
export interface AskedCluster {
  readonly api: KubeApi;
  readonly namespace: string;
}

/** Asks the cluster that flags and environment choose; throws UsageError where it does not answer, or refuses. */
export async function askCluster<T>(
  flags: ClusterFlags,
  settings: Settings,
  rights: string,
  ask: (cluster: AskedCluster) => Promise<T>,
): Promise<T> {
  const choice = { kubeconfig: settings.kubeconfig, ...flags };
  try {
    const api = await createKubeApi({
      ...choice,
      proxies: settings.proxies,
      ...(flags.requestTimeout !== undefined && { timeoutMs: flags.requestTimeout }),
    });
    return await ask({ api, namespace: flags.namespace ?? currentNamespace(choice) ?? 'default' });
  } catch (error) {
    throw error instanceof KubeError ? new UsageError(describeError(error, rights)) : error;
  }
}

function describeError({ status, reason, message }: KubeError, rights: string): string {
  if (status === 403) return `${message}; this needs the rights to ${rights}`;
  if (status === 401) return `${message}; log in to the cluster again`;
  if (status === 0) return `${message}; is the kubeconfig right, and the cluster up?`;
  if (status === 404 && reason === '')
    return `${message}: the server has no such resource, or is no API server of Kubernetes; is the kubeconfig right?`;
  return message;
}
