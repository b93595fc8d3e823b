import type { Overlap, PodView } from '../../core/registration/selector-overlap.ts';

/** The pods of the cluster as policies see them, and where more policies select one than should. */
export interface AgentPods extends PodView {
  /** Whether pods and namespaces have been read, and still may be. */
  readonly known: boolean;
  /** By policy. */
  readonly overlaps: ReadonlyMap<string, Overlap>;
}
