import type { SecretReport } from '../core/status/secret-status.ts';
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
  /** What each policy says of its Secrets. */
  secrets(reports: ReadonlyMap<string, SecretReport>): void;
  /** A Secret that was delivered, deleted again, or could not be. */
  delivery(outcome: 'written' | 'deleted' | 'failed'): void;
}

/** Declares the metrics of a process that runs controllers, which leads by holding a Lease. */
export function createControllerMetrics(registry: Registry, lease: string): ControllerMetrics {
  const registers = [registry];
  const leader = new Gauge({
    name: 'token_injector_controller_leading',
    help: 'Whether this process is the one that writes, of those with the same Lease.',
    labelNames: ['lease'],
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
  const secretReady = new Gauge({
    name: 'token_injector_controller_secret_ready',
    help: 'Whether each namespace with agent pods of a policy has its Secrets with every key; NaN where that is not known.',
    labelNames: ['policy'],
    registers,
  });
  const secretProblems = new Gauge({
    name: 'token_injector_controller_secret_problem_namespaces',
    help: 'Namespaces with agent pods of a policy that have a problem with its Secrets, by the reason of the condition SecretReady.',
    labelNames: ['policy', 'reason'],
    registers,
  });
  const deliveries = new Counter({
    name: 'token_injector_controller_deliveries_total',
    help: 'Writes of Secrets that policies deliver, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  // A process that does not probe says nothing of it.
  reached.remove({});
  return {
    leading: (isLeading) => leader.set({ lease }, Number(isLeading)),
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
    delivery: (outcome) => deliveries.inc({ outcome }),
    secrets(reports) {
      secretReady.reset();
      secretProblems.reset();
      for (const [policy, { status, namespacesByReason }] of reports) {
        const [{ status: ready }] = status.conditions;
        secretReady.set({ policy }, ready === 'Unknown' ? NaN : Number(ready === 'True'));
        for (const [reason, count] of namespacesByReason)
          secretProblems.set({ policy, reason }, count);
      }
    },
  };
}
