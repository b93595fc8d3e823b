import { isObject, readList } from '../json.ts';
import {
  type ConditionReasonOf,
  type ConditionType,
  conditionReasons,
} from './condition-reasons.ts';

/** One aspect of an object's state, as Kubernetes writes it in `status.conditions`. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  /** When `status` last changed, RFC 3339. */
  readonly lastTransitionTime: string;
}

/** The state of a condition as observed now; when it changed is worked out from the previous condition. */
export type ConditionState = Pick<Condition, 'status' | 'reason' | 'message'>;

/** The state of a condition for a reason, which also tells the status. */
export function conditionState<Type extends ConditionType>(
  type: Type,
  reason: ConditionReasonOf<Type> & string,
  message: string,
): ConditionState {
  const known: Readonly<Record<string, { readonly status: Condition['status'] }>> =
    conditionReasons[type];
  return { status: known[reason]!.status, reason, message };
}

/** A condition in the status of an object. */
export function conditionOf(type: ConditionType, status: unknown): Condition | undefined {
  const conditions = isObject(status) ? readList(status['conditions']) : [];
  return conditions.find((entry) => isObject(entry) && entry['type'] === type) as
    | Condition
    | undefined;
}

const maxMessageLength = 1024;

/** Makes a condition; `previous` is the object's `status.conditions`, `now` the time in RFC 3339. */
export function toCondition(
  type: string,
  { status, reason, message }: ConditionState,
  {
    previous,
    generation,
    now,
  }: { readonly previous: unknown; readonly generation: number; readonly now: string },
): Condition {
  const before = readList(previous).find((entry) => isObject(entry) && entry['type'] === type);
  const since =
    isObject(before) && before['status'] === status ? before['lastTransitionTime'] : undefined;
  return {
    type,
    status,
    reason,
    message:
      message.length > maxMessageLength ? `${message.slice(0, maxMessageLength - 4)} ...` : message,
    observedGeneration: generation,
    lastTransitionTime: typeof since === 'string' ? since : now,
  };
}
