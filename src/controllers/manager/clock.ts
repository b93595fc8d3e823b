import type { Delay } from '../../kube/delay.ts';

/** Time, as the loops use it; tests have one of their own. */
export interface Clock {
  now(): Date;
  readonly delay: Delay;
}

/** Now as Kubernetes writes times: RFC 3339, in whole seconds. */
export function timestamp(clock: Clock): string {
  return clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
}
