import type { Json } from '../../core/json.ts';
import type { Resource } from './resources.ts';

/** What every object of the API carries. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  /** Who wrote which fields; informers leave it out. */
  readonly managedFields?: readonly ManagedFields[];
}

/** The fields of an object that one manager owns by one way of writing. */
interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  /** A tree of `f:NAME`, as server-side apply has it. */
  readonly fieldsV1?: Json;
}

/** Names the object that owns another one. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

/** An object of the API as plain JSON, with whatever fields the server sent. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** A list as of one moment, from which a watch can go on. */
interface KubeList {
  readonly resourceVersion: string;
  readonly items: readonly KubeObject[];
}

/** Which objects a list or watch is about; all of the cluster by default. */
export interface Selection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Only the metadata of each object is sent. */
  readonly metadataOnly?: boolean;
}

/** One change, as a watch reports it. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  /** No change: how far the watch has come. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** How long a write may be tried. */
interface WriteOptions {
  /**
   * Ends it, wherever it is: it fails with the reason of the signal, and nothing is sent any more, also not after a
   * pause that the server asked for. What the server has got already it may still carry out.
   */
  readonly signal?: AbortSignal;
}

/** How an object is applied. */
interface ApplyOptions extends WriteOptions {
  readonly subresource?: 'status';
  /** Owns the fields that the object has; `token-injector` by default. */
  readonly fieldManager?: string;
  /** Whether fields of other managers are taken over, as by default; else it fails with 409 where one has another value. */
  readonly force?: boolean;
}

/** What an object must still be for a request to be carried out. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** What we ask of an API server. Whatever it refuses, and a server that does not answer, is a `KubeError`. */
export interface KubeApi {
  /** Where requests go, and through which proxy, for people; without credentials. */
  server(): string;
  /** Undefined where there is no such object. */
  get(resource: Resource, name: string, namespace?: string): Promise<KubeObject | undefined>;
  /** All pages; what `project` makes of each object is kept, so that the whole of them never lies in memory at once. */
  list(
    resource: Resource,
    selection?: Selection,
    project?: (object: KubeObject) => KubeObject,
  ): Promise<KubeList>;
  /** The namespace is that of the object's metadata. */
  create(
    resource: Resource,
    object: KubeObject,
    options?: WriteOptions & { readonly dryRun?: boolean },
  ): Promise<KubeObject>;
  /** Fails with 409 where the object is no longer at the resourceVersion that it carries. */
  replace(resource: Resource, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Server-side apply; fails with 409 where the object is no longer at the resourceVersion that it carries, if any. */
  apply(resource: Resource, object: KubeObject, options?: ApplyOptions): Promise<KubeObject>;
  /** An object that is gone already is no error; fails with 409 where it is another one than the options say. */
  delete(
    resource: Resource,
    name: string,
    namespace?: string,
    options?: WriteOptions & Preconditions,
  ): Promise<void>;
  /**
   * The changes after `resourceVersion`, after a bookmark of it that says that the server has begun. Ends when the
   * server ends it, throws a KubeError with status 410 when the version is too old, and ends at once when the signal
   * comes.
   */
  watch(
    resource: Resource,
    selection: Selection,
    resourceVersion: string,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent>;
}

/** The API server refused, or did not answer. The message is fit for people and for logs. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Kubernetes' reason, such as `Forbidden`, or an error code of the system, such as `ECONNREFUSED`. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.reason = reason;
  }
}
