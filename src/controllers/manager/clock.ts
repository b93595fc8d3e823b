import type { Delay } from '../../kube/delay.ts';

/** Time, as the loops use it; tests have one of their own. */
export interface Clock {
  now(): Date;
  readonly delay: Delay;
}
