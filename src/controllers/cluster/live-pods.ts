import { podSelections } from '../../core/policy/pod-selections.ts';
import { type PolicySet, policySet } from '../../core/policy/policy-set.ts';
import type { PodView } from '../../core/registration/selector-overlap.ts';
import type { PodGroup } from '../../core/status/pod-tally.ts';
import type { Cache, CachedObjects } from '../manager/cache.ts';
import { type Source, createSignal } from '../manager/source.ts';
import { labelsOf } from './namespaces.ts';
import { groupPods } from './pod-groups.ts';
import type { CachedPolicies } from './policies.ts';
import { watchAgentPods } from './watch-agent-pods.ts';

/** The live pods that policies select, and the policies. */
export interface LivePods extends PodView<PodGroup> {
  /** Whether pods and namespaces have been read, and still may be. */
  readonly known: boolean;
  readonly set: PolicySet;
}

/** The live pods as they come and go. */
export interface WatchedLivePods extends Source {
  readonly whenReady: Promise<unknown>;
  /** Undefined while pods of a policy have been read neither at all nor in vain for some time. */
  current(): LivePods | undefined;
}

/** Watches the pods that the policies select; of each only what policies look at is kept. */
export function watchLivePods(
  cache: Cache,
  {
    namespace,
    namespaces,
    policies,
  }: {
    /** That of token-injector itself. */
    readonly namespace: string;
    readonly namespaces: CachedObjects;
    readonly policies: CachedPolicies;
  },
): WatchedLivePods {
  const pods = watchAgentPods(cache);
  const { subscribe, notify } = createSignal();
  let isCurrent = false;
  let current: LivePods | undefined;
  for (const source of [pods, namespaces, policies])
    source.subscribe(() => {
      isCurrent = false;
      notify();
    });

  function read(): LivePods | undefined {
    const parsed = [...policies.parsed().values()];
    const set = policySet(parsed.flatMap((one) => (one.ok ? [one.policy] : [])));
    pods.select(podSelections(set.policies));
    // Or what is only not known yet would be written down as missing, or as not permitted.
    if (!pods.tried) return undefined;
    return {
      set,
      known: pods.permitted && namespaces.permitted,
      pods: groupPods(
        [...pods.pods()].filter(({ isLive }) => isLive),
        set.policies,
      ),
      namespaceLabels: (name) => labelsOf(namespaces, name),
      ownNamespace: namespace,
    };
  }

  return {
    subscribe,
    whenReady: Promise.all([policies.whenSynced, namespaces.whenTried]),
    current() {
      if (!isCurrent) {
        isCurrent = true;
        current = read();
      }
      return current;
    },
  };
}
