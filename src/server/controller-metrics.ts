import { type PodTally, podOutcomes } from '../core/status/pod-tally.ts';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Counts what the controller finds. */
export interface ControllerMetrics {
  leading(isLeading: boolean): void;
  /** A part of the controller that failed; it is tried again. */
  failed(part: string): void;
  /** Until when CA and certificate are valid, where that is known. */
  certificates(expiry: {
    readonly ca?: Date | undefined;
    readonly serving?: Date | undefined;
  }): void;
  /** Undefined where it could not be found out. */
  reachable(isReachable: boolean | undefined): void;
  policies(ready: number, all: number): void;
  /** What became of the agent pods of each policy. */
  agentPods(tallies: ReadonlyMap<{ readonly name: string }, PodTally>): void;
}

/** Declares the metrics of the controller. */
export function createControllerMetrics(registry: Registry): ControllerMetrics {
  const registers = [registry];
  const leader = new Gauge({
    name: 'token_injector_controller_leading',
    help: 'Whether this process is the one that writes.',
    registers,
  });
  const failures = new Counter({
    name: 'token_injector_controller_failures_total',
    help: 'Attempts that failed and are made again, by part of the controller.',
    labelNames: ['part'],
    registers,
  });
  const expiry = new Gauge({
    name: 'token_injector_controller_certificate_expiry_timestamp_seconds',
    help: 'When the newest CA and the certificate of the webhook expire, in seconds since 1970.',
    labelNames: ['certificate'],
    registers,
  });
  const reached = new Gauge({
    name: 'token_injector_controller_webhook_reachable',
    help: 'Whether the API server reached the webhook when it was last tried; NaN where that could not be found out.',
    registers,
  });
  const policies = new Gauge({
    name: 'token_injector_controller_policies',
    help: 'TokenPolicies of the cluster, by whether they are registered with the API server.',
    labelNames: ['ready'],
    registers,
  });
  const pods = new Gauge({
    name: 'token_injector_controller_agent_pods',
    help: 'Running agent pods of each policy, by whether they hold what it wants, keep something else or were missed; none where pods may not be read.',
    labelNames: ['policy', 'outcome'],
    registers,
  });
  return {
    leading: (isLeading) => leader.set(Number(isLeading)),
    failed: (part) => failures.inc({ part }),
    certificates({ ca, serving }) {
      if (ca) expiry.set({ certificate: 'ca' }, ca.getTime() / 1000);
      if (serving) expiry.set({ certificate: 'serving' }, serving.getTime() / 1000);
    },
    // Of undefined it makes NaN.
    reachable: (isReachable) => reached.set(Number(isReachable)),
    policies(ready, all) {
      policies.set({ ready: 'true' }, ready);
      policies.set({ ready: 'false' }, all - ready);
    },
    agentPods(tallies) {
      // A policy that is gone has no pods.
      pods.reset();
      for (const [{ name: policy }, tally] of tallies)
        for (const outcome of podOutcomes) pods.set({ policy, outcome }, tally[outcome]);
    },
  };
}
