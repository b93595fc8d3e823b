import type { PolicyDelivery } from '../delivery/policy-delivery.ts';
import type { PodView } from '../registration/selector-overlap.ts';
import type { OperatorKind, SourceState } from './secret-source.ts';

/** Agent pods and Secrets of the cluster, of each only what is needed to judge whether tokens are there. */
export interface SecretView extends PodView {
  /** Whether pods and namespaces could be read. */
  readonly knowsPods: boolean;
  /** Whether Secrets of that name may be read. */
  readonly mayRead: (secretName: string) => boolean;
  /** The keys of a Secret; undefined where there is none. */
  readonly keys: (namespace: string, secretName: string) => readonly string[] | undefined;
  /** What keeps the Secret of a policy from being delivered; undefined where nothing does. */
  readonly delivery: (policy: string) => PolicyDelivery | undefined;
  /** What is known of an object that an operator makes a Secret from. */
  readonly source: (kind: OperatorKind, namespace: string, name: string) => SourceState;
}

/** What is seen by whoever may read no Secret at all. */
export function nothingReadable(pods: PodView & { readonly known: boolean }): SecretView {
  return {
    ...pods,
    knowsPods: pods.known,
    mayRead: () => false,
    keys: () => undefined,
    delivery: () => undefined,
    source: () => ({ state: 'not-permitted' }),
  };
}
