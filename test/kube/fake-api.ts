import { isDeepStrictEqual } from 'node:util';

import { fieldManager as ourManager } from '../../src/core/identity.ts';
import {
  type KubeApi,
  KubeError,
  type KubeObject,
  type Selection,
} from '../../src/kube/client/api.ts';
import { statusError } from '../../src/kube/client/request-error.ts';
import { homePath, objectPath } from '../../src/kube/client/resource-path.ts';
import { type Resource, resources } from '../../src/kube/client/resources.ts';
import {
  contents,
  isForbiddenChange,
  withStatusOf,
  withoutStatus,
  writablePart,
} from './fake-contents.ts';
import { createHistory, shown } from './fake-history.ts';
import { isSelected } from './fake-selectors.ts';
import { applyFields, managedFields, type Owners, ownersAfterUpdate } from './field-ownership.ts';

type Verb = 'get' | 'list' | 'create' | 'replace' | 'apply' | 'delete' | 'watch';

/** One request as the fake got it. */
interface RecordedRequest {
  readonly verb: Verb;
  readonly kind: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly subresource?: 'status';
  /** Absent for our usual one. */
  readonly fieldManager?: string;
  readonly dryRun?: true;
}

/** Which requests fail, and how. */
interface Fault {
  /** 0: there is no answer. */
  readonly status: number;
  readonly reason?: string;
  readonly message?: string;
  /** All by default. */
  readonly times?: number;
  readonly when?: (request: RecordedRequest) => boolean;
}

/** An API server in memory, and what tests do to it behind its back. */
export interface FakeApi extends KubeApi {
  /** All requests so far, in order, the refused ones too; may be emptied by `length = 0`. */
  readonly requests: RecordedRequest[];
  /** Creates or replaces an object, its status too, as somebody else would; no fault concerns it. */
  put(object: KubeObject, fieldManager?: string): KubeObject;
  /** Deletes an object as somebody else would. */
  remove(resource: Resource, name: string, namespace?: string): void;
  /** An object as it is now. */
  stored(resource: Resource, name: string, namespace?: string): KubeObject | undefined;
  /** All objects of a kind as they are now, by namespace and name. */
  all(resource: Resource): KubeObject[];
  /** Makes requests fail from now on; gives back the way to end that. */
  refuse(fault: Fault): () => void;
  /** Stands for admission webhooks: what is created, replaced or applied becomes what this gives back. */
  admitWith(
    admit: ((object: KubeObject, request: RecordedRequest) => KubeObject) | undefined,
  ): void;
  /** Watches from any version so far answer 410 from now on; those that run go on. */
  expireVersions(): void;
  /** Ends the watches that run, with an error if one is given. */
  cutWatches(error?: KubeError): void;
  /** Sends a bookmark of the present version to the watches that run. */
  sendBookmarks(): void;
}

const known: readonly Resource[] = Object.values(resources);
const withoutGeneration = ['Namespace', 'Secret', 'ConfigMap', 'ClusterRole', 'Lease', 'Pod'];

/** Opens an API server that has some objects of the kinds in `resources` already. */
export function fakeApi(initial: readonly KubeObject[] = []): FakeApi {
  const objects = new Map<string, KubeObject>();
  const owners = new Map<string, Owners>();
  const requests: RecordedRequest[] = [];
  const faults = new Set<{ fault: Fault; left: number }>();
  const history = createHistory();
  let admit: (object: KubeObject, request: RecordedRequest) => KubeObject = (object) => object;
  let version = 1;
  let uids = 0;

  function begin(verb: Verb, resource: Resource, more: Partial<RecordedRequest>): RecordedRequest {
    const request = definedOnly({ verb, kind: resource.kind, ...more });
    requests.push(request);
    for (const entry of faults) {
      if (entry.left === 0 || !(entry.fault.when?.(request) ?? true)) continue;
      entry.left -= 1;
      const { status, reason = status === 0 ? 'ECONNREFUSED' : 'Refused', message } = entry.fault;
      throw new KubeError(
        status,
        reason,
        message ?? `cannot ${verb} ${request.kind} ${request.name ?? ''}: ${status} ${reason}`,
      );
    }
    return request;
  }

  function fail(request: RecordedRequest, resource: Resource, status: number, reason: string) {
    const { verb, name, namespace } = request;
    const message = `the fake says ${reason}`;
    return statusError({ verb, resource, name, namespace }, status, {
      kind: 'Status',
      reason,
      message,
    });
  }

  const ownersOf = (path: string): Owners => owners.get(path) ?? new Map();

  function update(
    path: string,
    resource: Resource,
    wanted: KubeObject,
    manager: string,
  ): KubeObject {
    const before = objects.get(path);
    const next = ownersAfterUpdate(ownersOf(path), manager, before ?? {}, wanted);
    return store(path, resource, wanted, next);
  }

  /** Stores what an object became; one that is as before keeps its version. */
  function store(
    path: string,
    resource: Resource,
    wanted: KubeObject,
    nextOwners: Owners,
  ): KubeObject {
    const before = objects.get(path);
    const served = withServerFields(before, wanted, resource);
    const managed = managedFields(nextOwners, served);
    const after = { ...served, metadata: { ...served.metadata, managedFields: managed } };
    owners.set(path, nextOwners);
    if (before !== undefined && isDeepStrictEqual(before, after)) return structuredClone(before);
    version += 1;
    const stored = {
      ...after,
      metadata: { ...after.metadata, resourceVersion: String(version) },
    };
    objects.set(path, stored);
    history.add({ version, plural: resource.plural, before, after: stored });
    return structuredClone(stored);
  }

  function withServerFields(
    before: KubeObject | undefined,
    wanted: KubeObject,
    resource: Resource,
  ): KubeObject {
    const { apiVersion, kind } = resource;
    const { uid, creationTimestamp, generation = 0 } = before?.metadata ?? {};
    const moved = before === undefined || !isDeepStrictEqual(contents(before), contents(wanted));
    const { generation: _, ...given } = wanted.metadata;
    const metadata = {
      ...given,
      uid: uid ?? wanted.metadata.uid ?? `uid-${(uids += 1)}`,
      creationTimestamp:
        creationTimestamp ?? wanted.metadata.creationTimestamp ?? '2026-01-01T00:00:00Z',
      ...(!withoutGeneration.includes(kind) && { generation: generation + (moved ? 1 : 0) }),
      ...(before && { resourceVersion: before.metadata.resourceVersion as string }),
    };
    return structuredClone({ ...wanted, apiVersion, kind, metadata });
  }

  function remove(path: string, resource: Resource): void {
    const before = objects.get(path);
    objects.delete(path);
    owners.delete(path);
    if (before === undefined) return;
    version += 1;
    history.add({ version, plural: resource.plural, before, after: undefined });
  }

  function put(object: KubeObject, manager?: string): KubeObject {
    const resource = resourceOf(object);
    const path = objectPath(resource, object.metadata);
    // Of one that is new a test may say who wrote it.
    const creator = objects.has(path) ? undefined : object.metadata.managedFields?.[0]?.manager;
    return update(path, resource, object, manager ?? creator ?? 'other');
  }

  function all(resource: Resource, selection: Selection = {}): KubeObject[] {
    return [...objects]
      .filter(([, object]) => object.kind === resource.kind)
      .filter(([, object]) => isSelected(object, selection))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => structuredClone(object));
  }

  for (const object of initial) put(object);

  return {
    server: () => 'https://api.test',
    requests,
    put,
    remove: (resource, name, namespace) =>
      remove(objectPath(resource, reference(name, namespace)), resource),
    stored: (resource, name, namespace) =>
      structuredClone(objects.get(objectPath(resource, reference(name, namespace)))),
    all: (resource) => all(resource),
    refuse: (fault) => {
      const entry = { fault, left: fault.times ?? Infinity };
      faults.add(entry);
      return () => void faults.delete(entry);
    },
    admitWith: (next) => {
      admit = next ?? ((object) => object);
    },
    expireVersions: () => history.expire((version += 1)),
    cutWatches: (error) => history.cut(error),
    sendBookmarks: () => history.bookmark(version),

    get: async (resource, name, namespace) => {
      const path = objectPath(resource, reference(name, namespace));
      begin('get', resource, reference(name, namespace));
      return structuredClone(objects.get(path));
    },

    list: async (resource, selection = {}, project = (object) => object) => {
      begin('list', resource, definedOnly({ namespace: selection.namespace }));
      const items = all(resource, selection).map((object) => project(shown(object, selection)));
      return { resourceVersion: String(version), items };
    },

    create: async (resource, object, { dryRun, signal } = {}) => {
      signal?.throwIfAborted();
      homePath(resource, object.metadata.namespace);
      const path = objectPath(resource, object.metadata);
      const { name, namespace } = object.metadata;
      const request = begin('create', resource, {
        ...reference(name, namespace),
        ...(dryRun === true && { dryRun }),
      });
      const admitted = admit(withoutStatus(object, resource), request);
      if (objects.has(path)) throw fail(request, resource, 409, 'AlreadyExists');
      if (dryRun === true) return withServerFields(undefined, admitted, resource);
      return update(path, resource, admitted, ourManager);
    },

    replace: async (resource, object, { signal } = {}) => {
      signal?.throwIfAborted();
      const path = objectPath(resource, object.metadata);
      const { name, namespace, resourceVersion } = object.metadata;
      const request = begin('replace', resource, reference(name, namespace));
      const before = objects.get(path);
      if (before === undefined) throw fail(request, resource, 404, 'NotFound');
      // Of some kinds only, but nobody here means to replace what they have not read.
      if (resourceVersion === undefined) throw fail(request, resource, 422, 'Invalid');
      if (resourceVersion !== before.metadata.resourceVersion)
        throw fail(request, resource, 409, 'Conflict');
      const next = admit(withoutStatus(object, resource), request);
      if (isForbiddenChange(before, next)) throw fail(request, resource, 422, 'Invalid');
      return update(path, resource, withStatusOf(before, next, resource), ourManager);
    },

    apply: async (resource, object, { subresource, signal, ...as } = {}) => {
      signal?.throwIfAborted();
      const { fieldManager: manager = ourManager, force = true } = as;
      const path = objectPath(resource, object.metadata);
      const { name, namespace, resourceVersion } = object.metadata;
      const request = begin('apply', resource, {
        ...reference(name, namespace),
        ...(subresource !== undefined && { subresource }),
        ...(manager !== ourManager && { fieldManager: manager }),
      });
      const before = objects.get(path);
      if (before === undefined && subresource !== undefined)
        throw fail(request, resource, 404, 'NotFound');
      if (isAnother(before, { resourceVersion })) throw fail(request, resource, 409, 'Conflict');
      const next = writablePart(admit(object, request), resource, subresource);
      const live = { object: before ?? { metadata: { name } }, owners: ownersOf(path) };
      const applied = applyFields(live, { manager, ...(subresource && { subresource }) }, next);
      if (applied.conflicts && !force) throw fail(request, resource, 409, 'Conflict');
      if (isForbiddenChange(before, applied.object)) throw fail(request, resource, 422, 'Invalid');
      return store(path, resource, applied.object as KubeObject, applied.owners);
    },

    delete: async (resource, name, namespace, { uid, resourceVersion, signal } = {}) => {
      signal?.throwIfAborted();
      const path = objectPath(resource, reference(name, namespace));
      const request = begin('delete', resource, reference(name, namespace));
      const before = objects.get(path);
      if (before !== undefined && isAnother(before, { uid, resourceVersion }))
        throw fail(request, resource, 409, 'Conflict');
      remove(path, resource);
    },

    watch: async function* (resource, selection, resourceVersion, signal) {
      if (signal.aborted) return;
      begin('watch', resource, definedOnly({ namespace: selection.namespace }));
      yield* history.watch(resource, selection, Number(resourceVersion), signal);
    },
  };
}

function resourceOf({ apiVersion, kind }: KubeObject): Resource {
  const found = known.find((item) => item.apiVersion === apiVersion && item.kind === kind);
  if (found === undefined) throw new Error(`the fake API does not know ${apiVersion} ${kind}`);
  return found;
}

function isAnother(
  object: KubeObject | undefined,
  expected: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined },
): boolean {
  const { uid = object?.metadata.uid, resourceVersion = object?.metadata.resourceVersion } =
    expected;
  return uid !== object?.metadata.uid || resourceVersion !== object?.metadata.resourceVersion;
}

function reference(name: string, namespace: string | undefined) {
  return { name, ...(namespace !== undefined && { namespace }) };
}

function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
