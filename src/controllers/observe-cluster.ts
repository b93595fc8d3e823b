import { injectAnnotation, mirrorAnnotation } from '../core/policy/annotations.ts';
import type { PodIdentity } from '../core/policy/match.ts';
import { isObject } from '../core/json.ts';
import { configurationName } from '../core/registration/mutating-webhook.ts';
import {
  type KubeApi,
  KubeError,
  type KubeObject,
  type OwnerReference,
  type Selection,
} from '../kube/api.ts';
import type { Delay } from '../kube/delay.ts';
import { keptIdentity } from '../kube/kept-identity.ts';
import { type Resource, resources } from '../kube/resources.ts';
import { type WatchedList, watchList } from '../kube/watched-list.ts';

/** What the controller looks at all the time. */
export interface ObservedCluster {
  /** Resolves when everything was read once that is needed to write a registration. */
  readonly whenSynced: Promise<unknown>;
  /** Resolves when everything else was read too, or could not be for some time. */
  readonly whenSettled: Promise<unknown>;
  policies(): readonly KubeObject[];
  configuration(): KubeObject | undefined;
  validatingPolicies(): readonly KubeObject[];
  bindings(): readonly KubeObject[];
  /** ClusterRoles that are watched, as owners; undefined while one of them is missing. */
  owners(names: readonly string[]): readonly OwnerReference[] | undefined;
  namespaceLabels(name: string): Readonly<Record<string, string>> | undefined;
  /** The pods that have not ended, with the given labels only; those that are the same then once. */
  pods(labels: ReadonlySet<string>): Iterable<PodIdentity & { readonly namespace: string }>;
  /** Whether pods and namespaces have been read, and still may be. */
  knowsPods(): boolean;
  /** Whether Secrets of that name have been read, and still may be. */
  mayReadSecrets(name: string): boolean;
  /** The names of the Secret's keys; undefined where there is no such Secret. */
  secretKeys(namespace: string, name: string): readonly string[] | undefined;
  stop(): void;
}

/** Which parts of the controller have to look when something changes. */
export type Part = 'definition' | 'certificates' | 'registration' | 'status' | 'lease';

/** What is observed, and who is told. */
export interface ObserverOptions {
  readonly api: KubeApi;
  readonly namespace: string;
  /** ClusterRoles that own what we write. */
  readonly owners: readonly string[];
  /** ClusterRoles that own the refusals; without one, ValidatingAdmissionPolicies are nothing to us and not watched. */
  readonly refusalOwners: readonly string[];
  /** Secrets of ours in our own namespace. */
  readonly ownSecrets: readonly string[];
  /** Names of Secrets that may be read in every namespace. */
  readonly secretNames: readonly string[];
  readonly wake: (...parts: readonly Part[]) => void;
  /** Told what cannot be watched, by the plural of its kind; undefined when it can again. */
  readonly onProblem: (plural: string, problem: Error | undefined) => void;
  readonly delay: Delay;
  readonly random: () => number;
}

// An API server that has just started refuses everything for a moment.
const settling = 15_000;
const byName = (name: string): Selection => ({ fieldSelector: `metadata.name=${name}` });
const ours: Selection = { labelSelector: 'app.kubernetes.io/name=token-injector' };

// A Job's pod that has ended needs no token any more.
const running: Selection = {
  fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
  metadataOnly: true,
};

/** Starts to watch; of Secrets and pods only what is needed is kept, and never a value. */
export function observeCluster(options: ObserverOptions): ObservedCluster {
  const { api, delay, random, namespace, wake } = options;
  const lists: WatchedList[] = [];
  const settled: Promise<void>[] = [];
  const watch = (
    resource: Resource,
    selection: Selection,
    parts: readonly Part[],
    project?: (object: KubeObject) => KubeObject,
  ): WatchedList => {
    const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
    const list = watchList({
      api,
      delay,
      random,
      resource,
      selection,
      ...(project ? { project } : {}),
      onProblem: (problem) => {
        if (problem) void delay(settling).then(fail, fail);
        // Where a kind is not served, its definition may be missing.
        if (problem instanceof KubeError && problem.status === 404) wake('definition');
        options.onProblem(resource.plural, problem);
      },
      onChange: () => wake(...parts),
    });
    lists.push(list);
    settled.push(Promise.race([list.whenSynced, failed]));
    return list;
  };

  const all: readonly Part[] = ['certificates', 'registration', 'status'];
  const registered: readonly Part[] = ['registration', 'status'];
  const policies = watch(resources.tokenPolicies, {}, registered);
  const configuration = watch(
    resources.mutatingWebhookConfigurations,
    byName(configurationName),
    all,
  );
  const roles = new Map<string, WatchedList>();
  const watchRole = (name: string, parts: readonly Part[]) =>
    roles.set(name, watch(resources.clusterRoles, { ...byName(name), metadataOnly: true }, parts));
  for (const name of options.owners) watchRole(name, [...all, 'lease', 'definition']);
  const needed = lists.map((list) => list.whenSynced);
  // What follows can be missing without harm to those who create pods: a refusal that is not known yet is read before
  // it is written.
  const isRefusing = options.refusalOwners.length > 0;
  const [validatingPolicies, bindings] = [
    resources.validatingAdmissionPolicies,
    resources.validatingAdmissionPolicyBindings,
  ].map((resource) => (isRefusing ? watch(resource, ours, registered) : undefined));
  for (const name of options.refusalOwners) if (!roles.has(name)) watchRole(name, registered);
  // Or the entry of a policy that is gone could go before its refusal.
  const whenSynced = Promise.all([...needed, ...settled.slice(needed.length)]);
  for (const name of options.ownSecrets)
    watch(resources.secrets, { ...byName(name), namespace }, ['certificates'], keysOnly);
  const namespaces = watch(resources.namespaces, { metadataOnly: true }, ['status'], labelsOnly);
  const pods = watch(resources.pods, running, ['status'], labelsOnly);
  const secrets = new Map(
    options.secretNames.map((name) => [
      name,
      watch(resources.secrets, byName(name), ['status'], keysOnly),
    ]),
  );

  return {
    whenSynced,
    whenSettled: Promise.all(settled),
    policies: () => policies.items(),
    configuration: () => configuration.get(configurationName),
    validatingPolicies: () => validatingPolicies?.items() ?? [],
    bindings: () => bindings?.items() ?? [],
    owners(names) {
      const found = names.flatMap((name) => toOwner(roles.get(name)?.get(name)));
      return found.length === names.length ? found : undefined;
    },
    namespaceLabels: (name) => namespaces.get(name)?.metadata.labels,
    pods: (wanted) => new Map(pods.items().map((pod) => toIdentity(pod, wanted))).values(),
    knowsPods: () => pods.permitted && namespaces.permitted,
    mayReadSecrets: (name) => secrets.get(name)?.permitted ?? false,
    secretKeys(inNamespace, name) {
      const secret = secrets.get(name)?.get(name, inNamespace);
      return secret && Object.keys(isObject(secret['data']) ? secret['data'] : {});
    },
    stop() {
      for (const list of lists) list.stop();
    },
  };
}

function toOwner(role: KubeObject | undefined): OwnerReference[] {
  const uid = role?.metadata.uid;
  if (!role || uid === undefined) return [];
  const { apiVersion, kind } = resources.clusterRoles;
  return [{ apiVersion, kind, name: role.metadata.name, uid }];
}

function toIdentity({ metadata }: KubeObject, wanted: ReadonlySet<string>) {
  const { namespace = '', annotations = {} } = metadata;
  const labels = Object.fromEntries(
    Object.entries(metadata.labels ?? {}).filter(([key]) => wanted.has(key)),
  );
  const key = JSON.stringify([namespace, labels, annotations]);
  return [key, { namespace, labels, annotations }] as const;
}

const read: readonly string[] = [injectAnnotation, mirrorAnnotation];

/** Of an object, what policies select by. */
function labelsOnly({ metadata }: KubeObject): KubeObject {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) =>
    read.includes(key),
  );
  return {
    metadata: {
      ...keptIdentity(metadata),
      ...(metadata.labels ? { labels: metadata.labels } : {}),
      ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
    },
  };
}

/** Of a Secret, the names of its keys: no value is kept. */
function keysOnly({ metadata, data }: KubeObject): KubeObject {
  const keys = Object.keys(isObject(data) ? data : {});
  return {
    metadata: keptIdentity(metadata),
    data: Object.fromEntries(keys.map((key) => [key, ''])),
  };
}
