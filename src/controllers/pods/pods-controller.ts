import { injectAnnotation } from '../../core/identity.ts';
import { mirrorAnnotation } from '../../core/policy/annotations.ts';
import { selectorKeys } from '../../core/policy/label-selector.ts';
import type { PodIdentity } from '../../core/policy/match.ts';
import type { Policy } from '../../core/policy/compile-policy.ts';
import { overlapsOf } from '../../core/registration/selector-overlap.ts';
import type { RegistrationState } from '../../core/status/policy-status.ts';
import type { KubeObject, Selection } from '../../kube/client/api.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';
import { resources } from '../../kube/client/resources.ts';
import type { Cache, CachedObjects } from '../manager/cache.ts';
import type { Controller } from '../manager/controller.ts';
import type { Published, Topic } from '../manager/source.ts';
import type { CachedPolicies } from '../cluster/policies.ts';
import type { AgentPods } from '../cluster/agent-pods.ts';

/** What pods are looked at with. */
export interface PodsControllerOptions {
  readonly cache: Cache;
  readonly namespace: string;
  readonly timeoutSeconds: number;
  readonly policies: CachedPolicies;
  readonly states: Published<ReadonlyMap<string, RegistrationState>>;
  readonly agentPods: Topic<AgentPods | undefined>;
  /** Told the names of the policies that meet on one pod with more others than should. */
  readonly onOverlaps: (policies: readonly string[]) => void;
}

// A Job's pod that has ended needs no token any more.
const running: Selection = {
  fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
  metadataOnly: true,
};
/** Pods come and go in large numbers, and nobody reads a status twice a second. */
const minIntervalMs = 2_000;

/** Says which pods there are for the policies; of each only what policies look at is kept. */
export function createPodsController(options: PodsControllerOptions): Controller {
  const { cache, namespace, timeoutSeconds, policies, states, agentPods } = options;
  const namespaces = cache.watch(resources.namespaces, { metadataOnly: true }, labelsOnly);
  const pods = cache.watch(resources.pods, running, labelsOnly);
  return {
    name: 'pods',
    watches: [pods, namespaces, policies, states],
    keys: () => ['cluster'],
    minIntervalMs,
    // Or what is only not known yet would be written down as not permitted.
    whenReady: Promise.all([policies.whenSynced, pods.whenTried, namespaces.whenTried]),
    reconcile() {
      const all = [...policies.parsed()].flatMap(([name, parsed]) =>
        parsed.ok ? [{ name, policy: parsed.policy }] : [],
      );
      const registered = all
        .filter(({ name }) => states.current.get(name)?.state === 'registered')
        .map(({ policy }) => policy);
      const view = {
        pods: distinctPods(pods, selectorLabels(all.map(({ policy }) => policy))),
        namespaceLabels: (name: string) => namespaces.get(name)?.metadata.labels,
        ownNamespace: namespace,
      };
      const overlaps = overlapsOf(registered, view, timeoutSeconds);
      options.onOverlaps([...overlaps.keys()].toSorted());
      agentPods.publish({ ...view, overlaps, known: pods.permitted && namespaces.permitted });
      return Promise.resolve(undefined);
    },
  };
}

/** The labels by which some policy selects pods. */
function selectorLabels(policies: readonly Policy[]): ReadonlySet<string> {
  return new Set(policies.flatMap(({ spec }) => selectorKeys(spec.match.podSelector)));
}

type NamespacedPod = PodIdentity & { readonly namespace: string };

/** Pods with the given labels only; those that are the same then once. */
function distinctPods(pods: CachedObjects, labels: ReadonlySet<string>): NamespacedPod[] {
  return [...new Map(pods.items().map((pod) => identityOf(pod, labels))).values()];
}

function identityOf({ metadata }: KubeObject, wanted: ReadonlySet<string>) {
  const { namespace = '', annotations = {} } = metadata;
  const labels = Object.fromEntries(
    Object.entries(metadata.labels ?? {}).filter(([key]) => wanted.has(key)),
  );
  const key = JSON.stringify([namespace, labels, annotations]);
  return [key, { namespace, labels, annotations }] as const;
}

const annotationsRead: readonly string[] = [injectAnnotation, mirrorAnnotation];

/** Of an object, what policies select by. */
function labelsOnly({ metadata }: KubeObject): KubeObject {
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) =>
    annotationsRead.includes(key),
  );
  return {
    metadata: {
      ...identityMetadata(metadata),
      ...(metadata.labels ? { labels: metadata.labels } : {}),
      ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
    },
  };
}
