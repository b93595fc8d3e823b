import type { KubeApi, KubeObject } from '../../kube/client/api.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';
import { resources } from '../../kube/client/resources.ts';
import { type Cache, byName } from '../manager/cache.ts';
import type { Clock } from '../manager/clock.ts';
import type { Controller } from '../manager/controller.ts';
import type { RegisteredConfiguration } from '../cluster/registered-configuration.ts';
import type { TrustedCas } from '../cluster/trusted-cas.ts';
import type { Topic } from '../manager/source.ts';
import type { OwnedObjects } from '../ownership/apply-and-prune.ts';
import type { OwnerRoles } from '../ownership/owner-roles.ts';
import type { CertificateSource } from './certificate-source.ts';
import type { CertificateState } from './certificate-state.ts';

/** What the certificates controller works with. */
export interface CertificatesControllerOptions {
  readonly api: KubeApi;
  readonly cache: Cache;
  readonly clock: Clock;
  readonly namespace: string;
  readonly source: CertificateSource;
  readonly owned: OwnedObjects;
  readonly owners: OwnerRoles;
  readonly configuration: RegisteredConfiguration;
  readonly trustedCas: Topic<TrustedCas>;
  readonly onState: (state: CertificateState) => void;
}

/** Reconciles the webhook's certificates, and publishes the CAs that the API server is to trust. */
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
      try {
        const registered = configuration.cas();
        const state = await source.reconcile({ api, owned, clock, registered });
        trustedCas.publish({ cas: state.cas });
        onState(state);
        if (state.problem) throw state.problem;
        return state.next;
      } catch (error) {
        const problem = error instanceof Error ? error.message : 'unknown';
        if (trustedCas.current.cas === undefined) trustedCas.publish({ problem });
        throw error;
      }
    },
  };
}

// The Secrets are read when they are needed; here only their changes count.
function identityOf({ metadata }: KubeObject): KubeObject {
  return { metadata: identityMetadata(metadata) };
}
