import { podSelections } from '../../core/policy/pod-selections.ts';
import { policySet } from '../../core/policy/policy-set.ts';
import { overlapsOf } from '../../core/registration/selector-overlap.ts';
import { tallyPods } from '../../core/status/pod-tally.ts';
import type { RegistrationState } from '../../core/status/policy-status.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';
import { resources } from '../../kube/client/resources.ts';
import type { Cache } from '../manager/cache.ts';
import type { Controller } from '../manager/controller.ts';
import type { Published, Topic } from '../manager/source.ts';
import type { CachedPolicies } from '../cluster/policies.ts';
import type { AgentPods } from '../cluster/agent-pods.ts';
import { groupPods } from './pod-groups.ts';
import { watchAgentPods } from './watch-agent-pods.ts';

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
  /** Told what became of the agent pods of each policy; of none where they may not be read. */
  readonly onTallies: (tallies: AgentPods['tallies']) => void;
}

/** Pods come and go in large numbers, and nobody reads a status twice a second. */
const minIntervalMs = 2_000;

/** Says which pods there are for the policies; of each only what policies look at is kept. */
export function createPodsController(options: PodsControllerOptions): Controller {
  const { cache, namespace, timeoutSeconds, policies, states, agentPods } = options;
  const namespaces = cache.watch(resources.namespaces, { metadataOnly: true }, labelsOnly);
  const pods = watchAgentPods(cache);
  return {
    name: 'pods',
    watches: [pods, namespaces, policies, states],
    keys: () => ['cluster'],
    minIntervalMs,
    whenReady: Promise.all([policies.whenSynced, namespaces.whenTried]),
    reconcile() {
      const all = [...policies.parsed()].flatMap(([name, parsed]) =>
        parsed.ok ? [{ name, policy: parsed.policy }] : [],
      );
      const registered = all
        .filter(({ name }) => states.current.get(name)?.state === 'registered')
        .map(({ policy }) => policy);
      const set = policySet(all.map(({ policy }) => policy));
      pods.select(podSelections(set.policies));
      // Or what is only not known yet would be written down as missing, or as not permitted.
      if (!pods.tried) return Promise.resolve(undefined);
      const view = {
        pods: groupPods(
          [...pods.pods()].filter(({ isLive }) => isLive),
          set.policies,
        ),
        namespaceLabels(name: string) {
          const found = namespaces.get(name);
          return found && (found.metadata.labels ?? {});
        },
        ownNamespace: namespace,
      };
      const overlaps = overlapsOf(registered, view, timeoutSeconds);
      options.onOverlaps([...overlaps.keys()].toSorted());
      const tallies = new Map(
        set.policies.map((policy) => [policy, tallyPods(policy, set, view)] as const),
      );
      const known = pods.permitted && namespaces.permitted;
      options.onTallies(known ? tallies : new Map());
      agentPods.publish({
        ...view,
        overlaps,
        known,
        tallies,
      });
      return Promise.resolve(undefined);
    },
  };
}

/** Of a namespace, what policies select by. */
function labelsOnly({ metadata }: KubeObject): KubeObject {
  return {
    metadata: {
      ...identityMetadata(metadata),
      ...(metadata.labels ? { labels: metadata.labels } : {}),
    },
  };
}
