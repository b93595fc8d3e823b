import type { KubeApi } from '../kube/api.ts';
import type { Clock } from './clock.ts';
import type { OwnedObjects } from './owned-objects.ts';

/** What a source of certificates is given each time. */
export interface CertificateContext {
  readonly api: KubeApi;
  readonly owned: OwnedObjects;
  readonly clock: Clock;
  /** The caBundle, PEM, that the registration has at this moment; empty where there is none. */
  readonly registered: string;
}

/** What the API server is to trust from now on, how long certificates last, and when to look again. */
export interface CertificateState {
  /** PEM. */
  readonly bundle: string;
  readonly caExpires?: Date | undefined;
  readonly leafExpires?: Date | undefined;
  readonly next?: Date | undefined;
}
