import { type MatchLabels, stableLabels } from './stable-labels.ts';
import type { Workload } from './workloads.ts';

/** The part of `spec.match` by which a policy selects pods. */
export type PodMatch =
  | { readonly podSelector: { readonly matchLabels: MatchLabels } }
  | { readonly serviceAccountNames: readonly string[] };

/** What selects the pods of some workloads, by labels or else by ServiceAccount; nothing where they have neither. */
export function matchPods(
  workloads: readonly Workload[],
  all: readonly Workload[],
): PodMatch | undefined {
  const labelsOf = (some: readonly Workload[]) => some.map(({ pod }) => pod.labels);
  const others = all.filter((workload) => !workloads.includes(workload));
  const matchLabels = stableLabels(labelsOf(workloads), labelsOf(others));
  if (Object.keys(matchLabels).length > 0) return { podSelector: { matchLabels } };
  const accounts = [...new Set(workloads.map(({ pod }) => pod.serviceAccountName))];
  return accounts.includes('default') ? undefined : { serviceAccountNames: accounts };
}
