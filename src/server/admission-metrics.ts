import { Counter, Histogram, type Registry } from 'prom-client';
import type { Warning } from '../core/injection/decision.ts';
import type { ReasonCode } from '../admission/reasons.ts';
import { createComputedGauge } from './computed-gauge.ts';

/** Counts what the webhook answers. */
export interface AdmissionMetrics {
  requestStarted(): void;
  requestEnded(seconds: number): void;
  /** `policy` is the name of a policy that is known, or empty: a label must not grow with what callers invent. */
  decided(policy: string, reason: ReasonCode, warned: readonly Warning[]): void;
  /** `code` is the HTTP status. */
  failed(code: number): void;
}

/** Declares the metrics of the admission path. */
export function createAdmissionMetrics(registry: Registry): AdmissionMetrics {
  const decisions = new Counter({
    name: 'token_injector_admission_decisions_total',
    help: 'Decisions by policy and reason; what a reason means stands in the reference of reasons.',
    labelNames: ['policy', 'reason'],
    registers: [registry],
  });
  const warnings = new Counter({
    name: 'token_injector_admission_warnings_total',
    help: 'Warnings sent to whoever created a pod, by policy and reason.',
    labelNames: ['policy', 'reason'],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'token_injector_admission_failures_total',
    help: 'Requests answered with an HTTP error, by status code.',
    labelNames: ['code'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'token_injector_admission_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
    registers: [registry],
  });
  let inFlight = 0;
  createComputedGauge(
    registry,
    'token_injector_admission_requests_in_flight',
    'Requests that are being received or answered.',
    () => inFlight,
  );
  return {
    requestStarted() {
      inFlight++;
    },
    requestEnded(seconds) {
      inFlight--;
      duration.observe(seconds);
    },
    decided(policy, decision, warned) {
      decisions.inc({ policy, reason: decision });
      for (const { reason } of warned) warnings.inc({ policy, reason });
    },
    failed(code) {
      failures.inc({ code });
    },
  };
}
