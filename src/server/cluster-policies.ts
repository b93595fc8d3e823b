import { Counter, type Registry } from 'prom-client';
import type { ParsedPolicy, PoliciesByName } from '../core/policy/parse-policy.ts';
import type { Policy } from '../core/policy/compile-policy.ts';
import { type PolicySet, policySet } from '../core/policy/policy-set.ts';
import { tokenPolicySchema } from '../core/policy/schema.ts';
import { createComputedGauge } from './computed-gauge.ts';
import type { HealthCheck } from './health.ts';
import type { Log } from './log.ts';
import { hasUnknownFields, logPolicyChanges, shorten } from './log-policy-changes.ts';
import { type PoliciesInForce, PolicyUnavailable } from './policies-in-force.ts';
import { type LookUpOptions, PolicyLookUp } from './policy-look-up.ts';

/** How the watch of policies is. */
export interface WatchState {
  /** Whether it has brought all policies once. */
  readonly synced: boolean;
  readonly connected: boolean;
  /** Why it is not connected, where that is known. */
  readonly problem: string | undefined;
}

/** What policies of a cluster need from outside. */
export interface ClusterPoliciesOptions extends Omit<LookUpOptions, 'onRead'> {
  readonly watch: () => WatchState;
  readonly log: Log;
}

// A watch that is connected brings within moments what a look-up found. What it has not brought by then was deleted:
// the watch may have said so before the answer to the look-up came, and does not say it again.
const foundRememberedMs = 10_000;
const { pattern, maxLength } = tokenPolicySchema.properties.metadata.properties.name;
const namePattern = new RegExp(pattern);

/** What a look-up found. */
interface Found {
  readonly parsed: ParsedPolicy;
  readonly at: number;
}

/**
 * The policies of a cluster: those that a watch brings and, ahead of it, those that a look-up found. One that does not
 * parse is in force for nobody, and requests about it fail; the others are in force all the same.
 */
export class ClusterPolicies implements PoliciesInForce {
  #watched: PoliciesByName = new Map();
  /** What a look-up found and the watch has not brought yet. */
  #found: ReadonlyMap<string, Found> = new Map();
  #all: PoliciesByName = new Map();
  #current: PolicySet = policySet([]);
  #unusable: readonly string[] = [];
  #reads: Counter<'result'> | undefined;
  readonly #lookUp: PolicyLookUp;
  readonly #options: ClusterPoliciesOptions;

  constructor(options: ClusterPoliciesOptions) {
    this.#options = options;
    this.#lookUp = new PolicyLookUp({
      ...options,
      readAll: () => this.#readAll(),
      onRead: (policies, asked) => this.#join(this.#watched, this.#foundBy(policies, asked)),
    });
  }

  get current(): PolicySet {
    if (this.#found.size > 0) this.#forget();
    return this.#current;
  }

  /** Takes over what the watch has now. */
  update(watched: PoliciesByName): void {
    this.#join(watched, this.#recent());
  }

  async lookUp(name: string, signal: AbortSignal): Promise<PolicySet> {
    // Callers can write anything: only what may be a policy's name is worth a question.
    if (name.length > maxLength || !namePattern.test(name)) return this.current;
    this.#forget();
    if (!this.#all.has(name)) await this.#ask(name, signal);
    if (this.#all.get(name)?.ok === false) {
      throw new PolicyUnavailable(
        `TokenPolicy ${name} is not valid and decides nothing: see kubectl describe tp ${name}`,
      );
    }
    return this.#current;
  }

  /** Ready once the watch has brought all policies, also while it is interrupted later. */
  readonly check: HealthCheck = () => {
    const { synced, connected, problem } = this.#options.watch();
    const why = problem === undefined ? '' : `: ${problem}`;
    if (!synced) return { name: 'policies', ok: false, detail: `waiting for the API server${why}` };
    const unusable = this.#notValid();
    const details = [
      ...(connected
        ? []
        : [`not watched, the last known stay (${this.current.policies.length})${why}`]),
      ...(unusable.length === 0
        ? []
        : [`not valid, see kubectl describe tp: ${shorten(unusable).join(', ')}`]),
    ];
    return {
      name: 'policies',
      ok: true,
      ...(details.length > 0 ? { detail: details.join('; ') } : {}),
    };
  };

  /** Declares the policies' metrics. */
  register(registry: Registry): void {
    createComputedGauge(
      registry,
      'token_injector_policies',
      'Policies in force.',
      () => this.current.policies.length,
    );
    createComputedGauge(
      registry,
      'token_injector_policies_not_valid',
      'Policies of the cluster that are not valid; requests about them fail.',
      () => this.#notValid().length,
    );
    createComputedGauge(
      registry,
      'token_injector_policies_with_unknown_fields',
      'Policies in force with fields that this version does not know and ignores.',
      () => this.#withUnknownFields(),
    );
    createComputedGauge(
      registry,
      'token_injector_policies_watch_connected',
      'Whether changes of policies arrive; the last known ones stay in force.',
      () => (this.#options.watch().connected ? 1 : 0),
    );
    this.#reads = new Counter({
      name: 'token_injector_policy_look_ups_total',
      help: 'Times that all policies were read because a request was about one that was not known.',
      labelNames: ['result'],
      registers: [registry],
    });
    for (const result of ['read', 'failed']) this.#reads.inc({ result }, 0);
  }

  async #ask(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#lookUp.ask(name, signal);
    } catch (error) {
      signal.throwIfAborted();
      // The watch was faster.
      if (this.#all.has(name)) return;
      const why = error instanceof Error ? error.message : 'unknown';
      throw new PolicyUnavailable(`TokenPolicy ${name} is not known and cannot be read: ${why}`);
    }
  }

  async #readAll(): Promise<PoliciesByName> {
    try {
      const policies = await this.#options.readAll();
      this.#reads?.inc({ result: 'read' });
      return policies;
    } catch (error) {
      this.#reads?.inc({ result: 'failed' });
      throw error;
    }
  }

  #notValid(): readonly string[] {
    this.#forget();
    return this.#unusable;
  }

  #withUnknownFields(): number {
    this.#forget();
    return [...this.#all.values()].filter(hasUnknownFields).length;
  }

  // Of all that was read, only what somebody waits for: the watch adds and removes the rest.
  #foundBy(policies: PoliciesByName, asked: readonly string[]): ReadonlyMap<string, Found> {
    const at = this.#options.now();
    const before = this.#recent();
    const found = new Map<string, Found>();
    for (const name of new Set([...before.keys(), ...asked])) {
      const parsed = policies.get(name);
      if (parsed) found.set(name, { parsed, at: before.get(name)?.at ?? at });
    }
    return found;
  }

  #recent(): ReadonlyMap<string, Found> {
    const { now, watch } = this.#options;
    // The silence of a watch that is interrupted means nothing.
    if (this.#found.size === 0 || !watch().connected) return this.#found;
    const since = now() - foundRememberedMs;
    return new Map([...this.#found].filter(([, { at }]) => at > since));
  }

  #forget(): void {
    const recent = this.#recent();
    if (recent.size < this.#found.size) this.#join(this.#watched, recent);
  }

  // What the watch has counts: it may be newer than what was read, and is never older for long.
  #join(watched: PoliciesByName, found: ReadonlyMap<string, Found>): void {
    this.#watched = watched;
    this.#found = new Map([...found].filter(([name]) => !watched.has(name)));
    const before = this.#all;
    const ahead = [...this.#found].map(([name, { parsed }]) => [name, parsed] as const);
    this.#all = new Map([...watched, ...ahead]);
    const names = new Set([...before.keys(), ...this.#all.keys()]);
    const changed = [...names].filter((name) => before.get(name) !== this.#all.get(name));
    if (changed.length === 0) return;
    this.#current = policySet(usable(this.#all));
    this.#unusable = [...this.#all].flatMap(([name, { ok }]) => (ok ? [] : [name])).toSorted();
    logPolicyChanges(this.#options.log, changed, this.#all);
  }
}

function usable(policies: PoliciesByName): Policy[] {
  return [...policies.values()].flatMap((parsed) => (parsed.ok ? [parsed.policy] : []));
}
