import type { KubeApi } from '../../kube/client/api.ts';
import type { Clock } from '../manager/clock.ts';
import type { OwnedObjects } from '../ownership/owned-objects.ts';

/** What a source of certificates is given each time. */
export interface CertificateContext {
  readonly api: KubeApi;
  readonly owned: OwnedObjects;
  readonly clock: Clock;
  /** The caBundle, PEM, that our registration has at this moment; empty where there is none. */
  readonly registered: string;
}

/** What the API server is to trust from now on, how long certificates last, and when to look again. */
export interface CertificateState {
  /** PEM. */
  readonly bundle: string;
  readonly caExpires?: Date | undefined;
  readonly servingExpires?: Date | undefined;
  readonly next?: Date | undefined;
  /** What is wrong, where the certificates that are in service can go on all the same. */
  readonly problem?: Error | undefined;
}
