import type { Registry } from 'prom-client';
import type { PolicySet } from '../core/policy/policy-set.ts';
import { createComputedGauge } from './computed-gauge.ts';
import type { HealthCheck } from './health.ts';
import type { Log } from './log.ts';

/** The policies in force: a bad reload leaves them in force, and log, metric and readiness say so. */
export class FilePolicies {
  #current: PolicySet;
  #problem: string | undefined;
  readonly #log: Log;

  constructor(first: PolicySet, log: Log) {
    this.#current = first;
    this.#log = log;
  }

  get current(): PolicySet {
    return this.#current;
  }

  /** Puts other policies in force; `read` gives them or throws. Tells whether it did. */
  async reload(read: () => Promise<PolicySet>): Promise<boolean> {
    try {
      this.#current = await read();
    } catch (error) {
      const problem = error instanceof Error ? error.message : 'unknown';
      // It is tried again and again, but logged once.
      if (problem !== this.#problem) {
        this.#log.error(
          { problem, policies: this.#current.policies.length },
          'policies not loaded, the old ones stay',
        );
      }
      this.#problem = problem;
      return false;
    }
    this.#problem = undefined;
    this.#log.info({ policies: this.#current.policies.map(({ name }) => name) }, 'policies loaded');
    return true;
  }

  readonly check: HealthCheck = () =>
    this.#problem === undefined
      ? { name: 'policies', ok: true }
      : {
          name: 'policies',
          ok: true,
          detail: `not reloaded, the old ones stay (${this.#current.policies.length}): ${this.#problem.replaceAll('\n', '; ')}`,
        };

  /** Declares the policies' metrics. */
  register(registry: Registry): void {
    createComputedGauge(
      registry,
      'token_injector_policies',
      'Policies in force.',
      () => this.#current.policies.length,
    );
    createComputedGauge(
      registry,
      'token_injector_policies_last_reload_successful',
      'Whether the last attempt to load policies succeeded.',
      () => (this.#problem === undefined ? 1 : 0),
    );
  }
}
