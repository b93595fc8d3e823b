import type { Policy } from '../../core/policy/compile-policy.ts';
import type { Overlap } from '../../core/registration/selector-overlap.ts';
import type { PodTally } from '../../core/status/pod-tally.ts';
import type { LivePods } from './live-pods.ts';

/** The pods that policies select, what became of them, and where more policies select one than should. */
export interface AgentPods extends LivePods {
  /** By policy. */
  readonly overlaps: ReadonlyMap<string, Overlap>;
  readonly tallies: ReadonlyMap<Policy, PodTally>;
}
