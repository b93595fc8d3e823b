import type { DecisionReason } from './reasons.ts';
import type { Operation } from './operation.ts';

/** What a policy does to a pod. */
export type Decision = Unchanged | Changed;

/** The pod stays as it is. */
export interface Unchanged<Reason = DecisionReason> extends DecisionDetails {
  readonly changed: false;
  readonly reason: Reason;
}

/** The pod gets what the operations add; they apply to the object that was decided on, in their order. */
interface Changed extends DecisionDetails {
  readonly changed: true;
  readonly reason: 'injected';
  readonly operations: readonly Operation[];
}

/** What a decision tells beside its reason. */
export interface DecisionDetails {
  readonly warnings: readonly Warning[];
  readonly outcomes: readonly Outcome[];
}

/** What became of one thing that the policy wanted. */
export interface Outcome {
  /** Where, such as `spec.containers[0]`, or `spec.volumes`. */
  readonly path: string;
  /** The container's name as it stands in the pod. */
  readonly container?: string;
  /** The variable or mountPath, as the policy names it. */
  readonly subject?: string;
  readonly reason: DecisionReason;
  /** What the entry that was kept refers to, where that is a Secret. */
  readonly refersTo?: SecretReference;
}

/** A Secret and its key as something in a pod refers to them; both are legal names. */
export interface SecretReference {
  readonly secret: string;
  /** Absent where it is not to be told. */
  readonly key?: string;
}

/** Whether a reason says that something of the pod's own stands where the policy wants its own. */
export function keepsExisting(reason: DecisionReason): boolean {
  return kept.includes(reason);
}

const kept: readonly DecisionReason[] = [
  'env-kept-literal',
  'env-kept-reference',
  'file-path-occupied',
  'file-volume-occupied',
];

/** What a policy wanted in a pod that it selects and does not get; with neither container nor subject, all of it. */
export function unmetOutcomes({
  reason,
  outcomes,
}: Decision): readonly Pick<Outcome, 'container' | 'subject' | 'reason' | 'refersTo'>[] {
  const unmet = outcomes.filter((outcome) => isUnmet(outcome.reason));
  return unmet.length > 0 || !hindrances.includes(reason) ? unmet : [{ reason }];
}

/** Whether a reason says that a selected pod or container goes without what the policy wants. */
export function isUnmet(reason: DecisionReason): boolean {
  return keepsExisting(reason) || hindrances.includes(reason);
}

const hindrances: readonly DecisionReason[] = [
  'conflict',
  'container-malformed',
  'no-container-selected',
  'pod-malformed',
  'pod-too-large',
];

/** Something that the person who creates the pod should know; holds nothing of the pod but legal container names. */
export interface Warning {
  readonly reason: DecisionReason;
  /** At most 120 characters, no control characters. */
  readonly message: string;
}

/** A decision that leaves the pod alone. */
export function unchanged<Reason>(
  reason: Reason,
  details: DecisionDetails = noDetails,
): Unchanged<Reason> {
  return { changed: false, reason, warnings: details.warnings, outcomes: details.outcomes };
}

const noDetails: DecisionDetails = { warnings: [], outcomes: [] };
