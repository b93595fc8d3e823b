import { isObject } from '../json.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';

/** A TokenPolicy as it was read. */
export interface ObservedPolicy {
  readonly generation: number;
  readonly parsed: ParsedPolicy;
  /** `status` of the object. */
  readonly previous: unknown;
}

/** What the conditions of a policy are made with; `now` is the time in RFC 3339, in whole seconds. */
export function conditionContext({ generation, previous }: ObservedPolicy, now: string) {
  return {
    previous: isObject(previous) ? previous['conditions'] : undefined,
    generation,
    now,
  };
}
