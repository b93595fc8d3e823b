import { entryName, probeName, configurationName } from '../core/identity.ts';
import { isObject, readList } from '../core/json.ts';
import type { KubeApi } from '../kube/client/api.ts';
import { resources } from '../kube/client/resources.ts';

/** What the API server has registered of us. */
export interface RegisteredPolicies {
  /** Whether there is a registration at all. */
  readonly exists: boolean;
  /** The names of the policies that it asks about. */
  readonly names: ReadonlySet<string>;
  /** The namespace that the webhook runs in, where it is reached by a Service. */
  readonly ownNamespace?: string;
}

const suffix = entryName('');

/** Reads the MutatingWebhookConfiguration `token-injector`; where there is none no policy is registered. */
export async function readRegisteredPolicies(
  api: Pick<KubeApi, 'get'>,
): Promise<RegisteredPolicies> {
  const found = await api.get(resources.mutatingWebhookConfigurations, configurationName);
  const entries = readList(found?.['webhooks']).filter(isObject);
  const names = entries
    .map(({ name }) => String(name))
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length))
    .filter((name) => name !== probeName);
  const services = entries.map(({ clientConfig }) =>
    isObject(clientConfig) && isObject(clientConfig['service'])
      ? clientConfig['service']['namespace']
      : undefined,
  );
  const ownNamespace = services.find((namespace) => typeof namespace === 'string');
  return {
    exists: found !== undefined,
    names: new Set(names),
    ...(ownNamespace === undefined ? {} : { ownNamespace }),
  };
}
