import { definitionName } from '../core/identity.ts';
import { type KubeApi, KubeError, type KubeObject } from '../kube/client/api.ts';
import { resources } from '../kube/client/resources.ts';
import { UsageError } from './usage-error.ts';

/** The TokenPolicies of a cluster; throws a UsageError where it has no definition of them. */
export async function listPolicies(
  api: Pick<KubeApi, 'get' | 'list'>,
): Promise<readonly KubeObject[]> {
  try {
    return (await api.list(resources.tokenPolicies)).items;
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 404) throw error;
    // A server that is not of Kubernetes, such as a proxy, has no such answer to this; a refusal is one.
    await api.get(resources.customResourceDefinitions, definitionName).catch(unlessRefused);
    throw new UsageError(
      `the cluster knows no ${definitionName}: token-injector is not installed; an administrator installs it with Helm: helm install token-injector ./chart -n token-injector --create-namespace`,
    );
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof KubeError) || error.status !== 403) throw error;
}
