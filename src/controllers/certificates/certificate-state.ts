import type { KubeApi } from '../../kube/client/api.ts';
import type { Clock } from '../manager/clock.ts';
import type { OwnedObjects } from '../ownership/apply-and-prune.ts';

/** What a source of certificates reconciles with. */
export interface CertificateContext {
  readonly api: KubeApi;
  readonly owned: OwnedObjects;
  readonly clock: Clock;
  /** The CA certificates, each PEM, that the API server trusts at this moment. */
  readonly registered: readonly string[];
}

/** What the API server is to trust from now on, how long certificates last, and when to look again. */
export interface CertificateState {
  /** CA certificates, each PEM. */
  readonly cas: readonly string[];
  readonly caExpires?: Date | undefined;
  readonly servingExpires?: Date | undefined;
  readonly next?: Date | undefined;
  /** What is wrong, where the certificates that are in service can go on all the same. */
  readonly problem?: Error | undefined;
}
