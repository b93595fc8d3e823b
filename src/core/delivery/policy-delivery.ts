import type { DeliveryProblem } from './reasons.ts';

/** What keeps the Secret of a policy from being delivered. */
export interface PolicyDelivery {
  /** What is wrong where it comes from, and so with each namespace. */
  readonly source?: DeliveryProblem;
  readonly namespaces: ReadonlyMap<string, DeliveryProblem>;
}

/** The policies that have a problem with the Secret that they deliver, by name. */
export type Deliveries = ReadonlyMap<string, PolicyDelivery>;
