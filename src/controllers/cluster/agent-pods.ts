import type { Policy } from '../../core/policy/compile-policy.ts';
import type { Overlap, PodView } from '../../core/registration/selector-overlap.ts';
import type { PodGroup, PodTally } from '../../core/status/pod-tally.ts';

/** The pods that policies select, what became of them, and where more policies select one than should. */
export interface AgentPods extends PodView<PodGroup> {
  /** Whether pods and namespaces have been read, and still may be. */
  readonly known: boolean;
  /** By policy. */
  readonly overlaps: ReadonlyMap<string, Overlap>;
  readonly tallies: ReadonlyMap<Policy, PodTally>;
}
