import { type KubeApi, KubeError, type KubeObject } from '../../src/kube/client/api.ts';
import type { Resource } from '../../src/kube/client/resources.ts';

/** What the contract is tried on. */
export interface ContractSubject {
  /** Lists in pages of two, if it has pages. */
  readonly api: KubeApi;
  /** A namespace of our own with no ConfigMaps that have labels. */
  readonly namespace: string;
  /** Ends the names of objects outside of namespaces. */
  readonly suffix: string;
  /** Writes as somebody else does, with another field manager. */
  readonly putAsOther: (object: KubeObject) => Promise<unknown>;
  /** A custom kind outside of namespaces, with a spec of any text fields and a status with conditions. */
  readonly custom: Resource;
  /** Something with a version from which no watch can go on any more. */
  readonly tooOld: () => Promise<{ readonly resource: Resource; readonly version: string }>;
  /** Makes the server send its next bookmark, where that can be hurried. */
  readonly hurryBookmark?: () => void;
  /** The same API with watches that end soon: before it ends one, a server sends a bookmark. */
  readonly shortWatches?: KubeApi;
}

/** A ConfigMap with one key; of other metadata only labels count. */
export function configMapIn(
  namespace: string,
  name: string,
  more: Partial<KubeObject> = {},
): KubeObject {
  const labels = more.metadata?.labels;
  return { data: { a: '1' }, ...more, metadata: { name, namespace, ...(labels && { labels }) } };
}

/** Labels for `configMapIn`. */
export function labelled(labels: Readonly<Record<string, string>>): Pick<KubeObject, 'metadata'> {
  return { metadata: { name: '', labels } };
}

/** The KubeError that a promise must fail with. */
export async function failure(promise: Promise<unknown>): Promise<KubeError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof KubeError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
