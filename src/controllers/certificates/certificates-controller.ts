import { entryName, probeName, configurationName } from '../../core/identity.ts';
import { type Json, isObject, readList } from '../../core/json.ts';
import type { KubeApi, KubeObject } from '../../kube/client/api.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';
import { resources } from '../../kube/client/resources.ts';
import { type Cache, type CachedObjects, byName } from '../manager/cache.ts';
import type { Clock } from '../manager/clock.ts';
import type { Controller } from '../manager/controller.ts';
import type { TrustedCas } from '../cluster/trusted-cas.ts';
import type { Topic } from '../manager/source.ts';
import { otherRelease } from '../ownership/other-owner.ts';
import type { OwnedObjects } from '../ownership/owned-objects.ts';
import type { OwnerRoles } from '../ownership/owner-roles.ts';
import type { CertificateSource } from './certificate-source.ts';
import type { CertificateState } from './certificate-state.ts';

/** What certificates are kept with. */
export interface CertificatesControllerOptions {
  readonly api: KubeApi;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly namespace: string;
  readonly source: CertificateSource;
  readonly owned: OwnedObjects;
  readonly owners: OwnerRoles;
  readonly configuration: CachedObjects;
  readonly trustedCas: Topic<TrustedCas>;
  readonly onState: (state: CertificateState) => void;
}

/** Keeps the webhook's certificates valid, and tells which CAs the API server is to trust. */
export function createCertificatesController(options: CertificatesControllerOptions): Controller {
  const { api, cache, clock, namespace, source, owned, owners, configuration } = options;
  const { trustedCas, onState } = options;
  const secrets = source.secrets.map((name) =>
    cache.watch(resources.secrets, { ...byName(name), namespace }, identityOf),
  );
  return {
    name: 'certificates',
    watches: [configuration, ...owners.watched, ...secrets],
    keys: () => [namespace],
    whenReady: Promise.all([configuration, ...owners.watched].map(({ whenSynced }) => whenSynced)),
    async reconcile() {
      const live = configuration.get(configurationName);
      const isOurs = live !== undefined && otherRelease(live, owners.names) === undefined;
      const registered = registeredBundle(isOurs ? live : undefined);
      try {
        const state = await source.reconcile({ api, owned, clock, registered });
        trustedCas.publish({ bundle: state.bundle });
        onState(state);
        if (state.problem) throw state.problem;
        return state.next;
      } catch (error) {
        const problem = error instanceof Error ? error.message : 'unknown';
        if (trustedCas.current.bundle === undefined) trustedCas.publish({ problem });
        throw error;
      }
    },
  };
}

// The Secrets are read when they are needed; here only their changes count.
function identityOf({ metadata }: KubeObject): KubeObject {
  return { metadata: identityMetadata(metadata) };
}

/** The CA certificates, PEM, that are registered at this moment. */
function registeredBundle(configuration: KubeObject | undefined): string {
  const isProbe = (entry: Json) => entry['name'] === entryName(probeName);
  const probe = readList(configuration?.['webhooks']).filter(isObject).find(isProbe);
  const client = isObject(probe?.['clientConfig']) ? probe['clientConfig'] : {};
  return typeof client['caBundle'] === 'string' ? atob(client['caBundle']) : '';
}
