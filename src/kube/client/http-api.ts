import { fieldManager as ourFieldManager } from '../../core/identity.ts';
import {
  type KubeApi,
  KubeError,
  type KubeObject,
  type Preconditions,
  type Selection,
} from './api.ts';
import { type Connection, createKubeConnection, type WireRequest } from './connection.ts';
import { type Delay, realDelay } from '../delay.ts';
import { readWatch } from './http-watch.ts';
import type { KubeconfigChoice } from './kubeconfig.ts';
import { BadProxy, type ProxyVariables } from './proxy.ts';
import { isAbsence, readObject, readPage } from './answers.ts';
import type { Intent } from './request-error.ts';
import { createRequests } from './requests.ts';
import { collectionPath, homePath, objectPath, withQuery } from './resource-path.ts';
import type { Resource } from './resources.ts';

/** How to talk to an API server; tests make everything smaller. */
export interface ApiOptions extends KubeconfigChoice {
  /** Those of the environment; none by default. A proxy that the kubeconfig names wins. */
  readonly proxies?: ProxyVariables;
  /** Objects in one answer to a list. */
  readonly pageSize?: number;
  /** For a whole answer; of a watch only until it begins. */
  readonly timeoutMs?: number;
  /** How long a watch may bring nothing at all. */
  readonly idleTimeoutMs?: number;
  /** How long a watch is asked for at least; at most for twice that. */
  readonly watchSeconds?: number;
  /** Of one answer, or of one event of a watch. */
  readonly maxBytes?: number;
  readonly delay?: Delay;
  readonly random?: () => number;
}

/**
 * For a proxy that holds a connection to a server that is gone; the TCP probes of the connection find a peer that is
 * gone sooner. Most servers send a bookmark each minute, so this is two of them and some, but one whose etcd reports
 * its progress seldom has nothing to send of a kind at rest for ten minutes: there it costs a request each time.
 */
const idleTimeoutMs = 165_000;
/** A page of large objects, and what a process of ours may hold. */
const maxBytes = 128 * 1024 * 1024;
/** How often a list starts again that took longer than the server retains its version. */
const listAttempts = 3;
const metadataOnly = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  object: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  kind: { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' },
};

/**
 * Opens the API of the server that the kubeconfig names; fails with a KubeError where there is no usable one.
 * Nothing is sent yet.
 */
export async function createKubeApi(options: ApiOptions = {}): Promise<KubeApi> {
  const limits = {
    pageSize: 500,
    timeoutMs: 30_000,
    idleTimeoutMs,
    watchSeconds: 300,
    maxBytes,
    delay: realDelay,
    random: Math.random,
    ...options,
  };
  const connection = connect(options);
  const requests = createRequests(connection, limits);

  async function write(
    intent: Intent,
    method: WireRequest['method'],
    path: string,
    object: KubeObject,
    signal: AbortSignal | undefined,
    contentType?: string,
  ): Promise<KubeObject> {
    const { apiVersion, kind } = intent.resource;
    const body = JSON.stringify({ apiVersion, kind, ...object });
    const headers = { ...accept('application/json'), ...jsonHeaders(body, contentType) };
    const request = { method, path, body, headers };
    return readObject(intent, await requests.json(intent, request, signal));
  }

  return {
    server: () => connection.server,

    get: async (resource, name, namespace) => {
      const intent: Intent = { verb: 'get', resource, name, namespace };
      const path = objectPath(resource, { name, ...(namespace !== undefined && { namespace }) });
      const headers = accept('application/json');
      try {
        return readObject(intent, await requests.json(intent, { method: 'GET', path, headers }));
      } catch (error) {
        if (isAbsence(error)) return undefined;
        throw error;
      }
    },

    list: async (resource, selection = {}, project = (object) => object) => {
      const intent: Intent = { verb: 'list', resource, namespace: selection.namespace };
      const headers = accept(
        selection.metadataOnly === true ? metadataOnly.list : 'application/json',
      );
      const kind = selection.metadataOnly === true ? metadataOnly.kind : kindOf(resource);
      let items: KubeObject[] = [];
      let attempt = 1;
      let next: string | undefined;
      for (;;) {
        const path = withQuery(collectionPath(resource, selection.namespace), {
          ...selectors(selection),
          limit: Math.min(limits.pageSize, resource.pageSize ?? Infinity),
          continue: next,
        });
        try {
          const page = await requests.json(intent, { method: 'GET', path, headers });
          const { metadata, objects } = readPage(intent, page);
          // The objects of a list do not say their kind.
          for (const object of objects) items.push(project({ ...kind, ...object }));
          next = typeof metadata.continue === 'string' ? metadata.continue : '';
          if (next === '') return { resourceVersion: metadata.resourceVersion, items };
        } catch (error) {
          const expired = error instanceof KubeError && error.status === 410;
          if (!expired || next === undefined || attempt === listAttempts) throw error;
          attempt += 1;
          next = undefined;
          items = [];
        }
      }
    },

    create: async (resource, object, { dryRun, signal } = {}) => {
      const intent: Intent = { verb: 'create', resource, ...identity(object) };
      const path = homePath(resource, object.metadata.namespace);
      const query = { fieldManager: ourFieldManager, dryRun: dryRun === true ? 'All' : undefined };
      return write(intent, 'POST', withQuery(path, query), object, signal);
    },

    replace: async (resource, object, { signal } = {}) => {
      const intent: Intent = { verb: 'replace', resource, ...identity(object) };
      const path = objectPath(resource, object.metadata);
      return write(
        intent,
        'PUT',
        withQuery(path, { fieldManager: ourFieldManager }),
        object,
        signal,
      );
    },

    apply: async (resource, object, { signal, subresource, ...as } = {}) => {
      const intent: Intent = { verb: 'apply', resource, ...identity(object) };
      const path = objectPath(resource, object.metadata, subresource);
      const { fieldManager = ourFieldManager, force = true } = as;
      const query = { fieldManager, force, fieldValidation: 'Strict' };
      // JSON is YAML.
      const type = 'application/apply-patch+yaml';
      return write(intent, 'PATCH', withQuery(path, query), object, signal, type);
    },

    delete: async (resource, name, namespace, { signal, ...preconditions } = {}) => {
      const intent: Intent = { verb: 'delete', resource, name, namespace };
      const path = objectPath(resource, { name, ...(namespace !== undefined && { namespace }) });
      try {
        const request = { method: 'DELETE', path, ...deleteOptions(preconditions) } as const;
        await requests.json(intent, request, signal);
      } catch (error) {
        if (!isAbsence(error)) throw error;
      }
    },

    watch: async function* (resource, selection, resourceVersion, signal) {
      if (signal.aborted) return;
      const intent: Intent = { verb: 'watch', resource, namespace: selection.namespace };
      const path = withQuery(collectionPath(resource, selection.namespace), {
        ...selectors(selection),
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion,
        // Spread, so that the watches of many clients do not end together.
        timeoutSeconds: Math.round(limits.watchSeconds * (1 + limits.random())),
      });
      const headers = accept(
        selection.metadataOnly === true ? metadataOnly.object : 'application/json',
      );
      try {
        const answer = await requests.open(intent, { method: 'GET', path, headers }, signal);
        try {
          yield { type: 'BOOKMARK', resourceVersion };
          yield* readWatch(answer, { ...limits, intent });
        } finally {
          answer.destroy();
        }
      } catch (error) {
        if (!signal.aborted) throw requests.failure(intent, error);
      }
    },
  };
}

function connect(options: ApiOptions): Connection {
  try {
    return createKubeConnection(options, options.proxies);
  } catch (error) {
    if (error instanceof BadProxy) throw new KubeError(0, 'Proxy', error.message, { cause: error });
    const why = error instanceof Error ? error.message : String(error);
    throw new KubeError(0, 'Kubeconfig', `cannot use the kubeconfig: ${why}`, { cause: error });
  }
}

function accept(type: string): Record<string, string> {
  return { accept: type, 'user-agent': ourFieldManager };
}

function deleteOptions(preconditions: Preconditions): Pick<WireRequest, 'headers' | 'body'> {
  const headers = accept('application/json');
  if (Object.keys(preconditions).length === 0) return { headers };
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions });
  return { headers: { ...headers, ...jsonHeaders(body) }, body };
}

function jsonHeaders(body: string, contentType = 'application/json'): Record<string, string> {
  return { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) };
}

function kindOf({ apiVersion, kind }: Resource): { apiVersion: string; kind: string } {
  return { apiVersion, kind };
}

function identity({ metadata }: KubeObject): Pick<Intent, 'name' | 'namespace'> {
  return { name: metadata.name, namespace: metadata.namespace };
}

function selectors({
  labelSelector,
  fieldSelector,
}: Selection): Record<string, string | undefined> {
  return { labelSelector, fieldSelector };
}
