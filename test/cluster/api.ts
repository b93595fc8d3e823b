import { createHttpsClient, type Headers } from './https-client.ts';
import { knownKinds, type Resource } from './kinds.ts';
import type { Connection } from './kubeconfig.ts';

/** Metadata as the tests use it; whatever else the server sends is there too. */
interface Metadata {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** An object of the API as plain JSON. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

/** Names an object; an object names itself. */
interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}

/** What the server says when it refuses. */
interface Status {
  readonly kind: 'Status';
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: unknown;
}

/** An answer of the server: the object, or its reasons against it. */
export type ApiResponse<T> = { readonly status: number; readonly warnings: readonly string[] } & (
  | { readonly ok: true; readonly body: T }
  | { readonly ok: false; readonly body: Status }
);

/** A list as the server sends it. */
interface ListOf<T> {
  readonly metadata: Metadata;
  readonly items: readonly T[];
}

/** Parts of any request. */
interface RequestOptions {
  /** Such as `{dryRun: 'All', fieldValidation: 'Strict'}`. */
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Such as `status`, `scale`, `eviction`, `token`, `ephemeralcontainers`. */
  readonly subresource?: string;
}

/** What a list is about; without a namespace it is about all of them. */
interface ListOptions extends RequestOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/**
 * A client of the API server on plain JSON. Its methods give back errors as they do successes; see `accepted`.
 * A namespaced object that names no namespace is one of `default`.
 */
export interface Api {
  get<T = KubeObject>(reference: Reference, options?: RequestOptions): Promise<ApiResponse<T>>;
  list<T = KubeObject>(
    kind: Pick<Reference, 'apiVersion' | 'kind'>,
    options?: ListOptions,
  ): Promise<ApiResponse<ListOf<T>>>;
  create<T = KubeObject>(object: KubeObject, options?: RequestOptions): Promise<ApiResponse<T>>;
  /** Creates a subresource of an object, which is another kind of object: an Eviction, a TokenRequest. */
  createUnder<T = KubeObject>(
    reference: Reference,
    subresource: string,
    object: Readonly<Record<string, unknown>>,
    options?: RequestOptions,
  ): Promise<ApiResponse<T>>;
  replace<T = KubeObject>(object: KubeObject, options?: RequestOptions): Promise<ApiResponse<T>>;
  /** Server-side apply. */
  apply<T = KubeObject>(
    object: KubeObject,
    options?: RequestOptions & { readonly fieldManager?: string; readonly force?: boolean },
  ): Promise<ApiResponse<T>>;
  /** A merge patch, unless it says otherwise. */
  patch<T = KubeObject>(
    reference: Reference,
    patch: unknown,
    options?: RequestOptions & { readonly type?: keyof typeof patchTypes },
  ): Promise<ApiResponse<T>>;
  delete(reference: Reference, options?: RequestOptions): Promise<ApiResponse<unknown>>;
  /** Anything else, such as `GET /readyz`; what is not JSON comes back as text. */
  request(method: string, path: string, body?: unknown): Promise<ApiResponse<unknown>>;
  /** The same client with the rights of another user. */
  as(user: string, groups?: readonly string[]): Api;
}

/** Opens a client. */
export function createApi(connection: Connection): Api {
  return apiOver(connection, {});
}

function apiOver(connection: Connection, identity: Headers): Api {
  const send = createHttpsClient(connection);
  const discovered = new Map<string, Resource>();

  async function call<T>(
    method: string,
    path: string,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<ApiResponse<T>> {
    const headers = {
      ...identity,
      ...(body !== undefined && { 'content-type': contentType }),
    };
    const { status, body: answer, warnings } = await send({ method, path, headers, body });
    // oxlint-disable typescript/no-unsafe-type-assertion -- a test knows what it asked for
    return status < 400
      ? { ok: true, status, warnings, body: answer as T }
      : { ok: false, status, warnings, body: answer as Status };
    // oxlint-enable typescript/no-unsafe-type-assertion
  }

  async function resourceOf(apiVersion: string, kind: string): Promise<Resource> {
    const id = `${apiVersion}/${kind}`;
    const known = knownKinds[id] ?? discovered.get(id);
    if (known !== undefined) return known;
    const list = await call<{ resources: { name: string; kind: string; namespaced: boolean }[] }>(
      'GET',
      versionPath(apiVersion),
    );
    const served = list.ok ? list.body.resources : [];
    const found = served.find((item) => item.kind === kind && !item.name.includes('/'));
    if (found === undefined) throw new Error(`the API server does not serve ${id}`);
    const resource = { plural: found.name, namespaced: found.namespaced };
    discovered.set(id, resource);
    return resource;
  }

  async function collectionPath(reference: Omit<Reference, 'metadata'>, namespace?: string) {
    const resource = await resourceOf(reference.apiVersion, reference.kind);
    const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
    return `${versionPath(reference.apiVersion)}${scope}/${resource.plural}`;
  }

  async function objectPath(reference: Reference, options: RequestOptions = {}): Promise<string> {
    const { name, namespace = 'default' } = reference.metadata;
    if (name === undefined) throw new Error(`a ${reference.kind} without a name cannot be found`);
    const sub = options.subresource === undefined ? '' : `/${options.subresource}`;
    return `${await collectionPath(reference, namespace)}/${name}${sub}${query(options.query)}`;
  }

  return {
    get: async (reference, options) => call('GET', await objectPath(reference, options)),
    list: async (kind, { namespace, labelSelector, fieldSelector, query: more } = {}) => {
      const collection = await collectionPath(kind, namespace);
      return call('GET', collection + query({ ...more, labelSelector, fieldSelector }));
    },
    create: async (object, options = {}) => {
      const collection = await collectionPath(object, object.metadata.namespace ?? 'default');
      return call('POST', collection + query(options.query), object);
    },
    createUnder: async (reference, subresource, object, options) =>
      call('POST', await objectPath(reference, { ...options, subresource }), object),
    replace: async (object, options) => call('PUT', await objectPath(object, options), object),
    apply: async (object, { fieldManager = 'test', force = false, ...options } = {}) => {
      const path = await objectPath(object, {
        ...options,
        query: { ...options.query, fieldManager, force },
      });
      return call('PATCH', path, object, 'application/apply-patch+yaml');
    },
    patch: async (reference, patch, { type = 'merge', ...options } = {}) =>
      call('PATCH', await objectPath(reference, options), patch, patchTypes[type]),
    delete: async (reference, options) => call('DELETE', await objectPath(reference, options)),
    request: (method, path, body) => call(method, path, body),
    as: (user, groups = ['system:authenticated']) =>
      apiOver(connection, {
        'impersonate-user': user,
        'impersonate-group': [...groups],
      }),
  };
}

/** Gives back the body of an answer, and fails with the server's words if it was an error. */
export async function accepted<T>(response: ApiResponse<T> | Promise<ApiResponse<T>>): Promise<T> {
  const { ok, status, body } = await response;
  if (ok) return body;
  const message = typeof body === 'object' ? body.message : body;
  throw new Error(`the API server answered ${status}: ${message}`);
}

function versionPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function query(values: Readonly<Record<string, unknown>> = {}): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const pairs = given.map(([key, value]): [string, string] => [key, String(value)]);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
