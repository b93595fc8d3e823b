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

/** What is found now; when it came to be so is worked out from what was said before. */
export type Finding = Pick<Condition, 'status' | 'reason' | 'message'>;

/** What is found of a condition; the status comes with the reason. */
export function finding<Type extends ConditionType>(
  type: Type,
  reason: ConditionReasonOf<Type> & string,
  message: string,
): Finding {
  const known: Readonly<Record<string, { readonly status: Condition['status'] }>> =
    conditionReasons[type];
  return { status: known[reason]!.status, reason, message };
}

const longestMessage = 1024;

/** Makes a condition of a finding; `previous` is the object's `status.conditions`, `now` the time in RFC 3339. */
export function toCondition(
  type: string,
  { status, reason, message }: Finding,
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
      message.length > longestMessage ? `${message.slice(0, longestMessage - 4)} ...` : message,
    observedGeneration: generation,
    lastTransitionTime: typeof since === 'string' ? since : now,
  };
}
