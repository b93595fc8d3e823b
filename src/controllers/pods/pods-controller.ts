import { overlapsOf } from '../../core/registration/selector-overlap.ts';
import { tallyPods } from '../../core/status/pod-tally.ts';
import type { RegistrationState } from '../../core/status/policy-status.ts';
import type { AgentPods } from '../cluster/agent-pods.ts';
import type { WatchedLivePods } from '../cluster/live-pods.ts';
import type { Controller } from '../manager/controller.ts';
import type { Published, Topic } from '../manager/source.ts';

/** What pods are looked at with. */
export interface PodsControllerOptions {
  readonly timeoutSeconds: number;
  readonly livePods: WatchedLivePods;
  readonly states: Published<ReadonlyMap<string, RegistrationState>>;
  readonly agentPods: Topic<AgentPods | undefined>;
  /** Told the names of the policies that meet on one pod with more others than should. */
  readonly onOverlaps: (policies: readonly string[]) => void;
  /** Told what became of the agent pods of each policy; of none where they may not be read. */
  readonly onTallies: (tallies: AgentPods['tallies']) => void;
}

/** Pods come and go in large numbers, and nobody reads a status twice a second. */
const minIntervalMs = 2_000;

/** Says what became of the pods that policies select. */
export function createPodsController(options: PodsControllerOptions): Controller {
  const { timeoutSeconds, livePods, states, agentPods } = options;
  return {
    name: 'pods',
    watches: [livePods, states],
    keys: () => ['cluster'],
    minIntervalMs,
    whenReady: livePods.whenReady,
    reconcile() {
      const live = livePods.current();
      if (!live) return Promise.resolve(undefined);
      const { set, known } = live;
      const registered = set.policies.filter(
        ({ name }) => states.current.get(name)?.state === 'registered',
      );
      const overlaps = overlapsOf(registered, live, timeoutSeconds);
      options.onOverlaps([...overlaps.keys()].toSorted());
      const tallies = new Map(
        set.policies.map((policy) => [policy, tallyPods(policy, set, live)] as const),
      );
      options.onTallies(known ? tallies : new Map());
      agentPods.publish({ ...live, overlaps, tallies });
      return Promise.resolve(undefined);
    },
  };
}
