import { decideInjection } from '../injection/decide-injection.ts';
import type { Outcome } from '../injection/decision.ts';
import { type VerdictOnPod, verdictOnPod } from '../injection/verdict-on-pod.ts';
import type { Json } from '../json.ts';
import type { PodIdentity } from '../policy/match.ts';
import type { Policy } from '../policy/compile-policy.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import type { PodView } from '../registration/selector-overlap.ts';
import type { Workload } from './workload.ts';

/** The pods of a namespace that are alike in all that deciding reads, and that one workload made. */
export interface PodGroup extends PodIdentity {
  readonly namespace: string;
  readonly spec: Json;
  /** How many there are. */
  readonly pods: number;
  readonly workload: Workload;
}

/** What became of an agent pod: it holds all that the policy wants, keeps something else in its place, or was missed. */
type PodOutcome = (typeof podOutcomes)[number];
/** All of them. */
export const podOutcomes = ['holding', 'kept', 'missed'] as const;

/** Agent pods with one outcome. */
export interface JudgedPods {
  readonly group: PodGroup;
  readonly outcome: PodOutcome;
  /** What became of each thing that the policy wanted in them. */
  readonly outcomes: readonly Outcome[];
}

/** How many agent pods a policy has, by what became of them. */
export interface PodTally extends Readonly<Record<PodOutcome | 'selected', number>> {
  readonly judged: readonly JudgedPods[];
}

/** The tally of a policy that selects no pod. */
export const noPods: PodTally = { selected: 0, holding: 0, kept: 0, missed: 0, judged: [] };

/** Judges the live pods of a cluster by a policy, as the webhook would if they were made now. */
export function tallyPods(
  policy: Policy,
  set: PolicySet,
  { pods, namespaceLabels, ownNamespace }: PodView<PodGroup>,
): PodTally {
  const judged = pods.flatMap((group): JudgedPods[] => {
    const { namespace, labels, annotations, spec } = group;
    const known = namespaceLabels(namespace);
    // A namespace that is not there yet soon is, or the pod no longer.
    if (!known || !policy.selectsPod(labels)) return [];
    const pod = { metadata: { labels, annotations }, spec };
    const context = { namespace, namespaceLabels: known, ownNamespace, set };
    const decision = decideInjection(policy, pod, context);
    const outcome = outcomeOf[verdictOnPod(decision)];
    return outcome ? [{ group, outcome, outcomes: decision.outcomes }] : [];
  });
  return tallyOf(judged);
}

/** Counts pods by what became of them. */
export function tallyOf(judged: readonly JudgedPods[]): PodTally {
  const count = (wanted: PodOutcome) =>
    judged.reduce((sum, { group, outcome }) => sum + (outcome === wanted ? group.pods : 0), 0);
  const [holding, kept, missed] = [count('holding'), count('kept'), count('missed')];
  return { selected: holding + kept + missed, holding, kept, missed, judged };
}

const outcomeOf: Readonly<Record<VerdictOnPod, PodOutcome | undefined>> = {
  holds: 'holding',
  keeps: 'kept',
  lacks: 'missed',
  'left-out': undefined,
};

/** Of things found in pods, those that have a key in common and are in the most pods. */
export function mostCommon<Found extends Pick<JudgedPods, 'group'>>(
  found: readonly Found[],
  keyOf: (item: Found) => unknown,
): { readonly first: Found; readonly pods: number } {
  const byKey = Map.groupBy(found, (item) => JSON.stringify(keyOf(item)));
  return [...byKey.values()]
    .map((items) => ({
      first: items[0]!,
      pods: items.reduce((sum, { group }) => sum + group.pods, 0),
    }))
    .reduce((most, next) => (next.pods > most.pods ? next : most));
}
