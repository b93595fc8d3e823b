import type { ConditionState } from '../../core/status/conditions.ts';
import { noPods } from '../../core/status/pod-tally.ts';
import { type RegistrationState, policyStatus } from '../../core/status/policy-status.ts';
import { secretReport } from '../../core/status/secret-status.ts';
import { nothingReadable } from '../../core/status/secret-view.ts';
import { statusChanged } from '../../core/status/status-changed.ts';
import type { KubeApi } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { type Clock, timestamp } from '../manager/clock.ts';
import type { Controller } from '../manager/controller.ts';
import type { Published } from '../manager/source.ts';
import { type CachedPolicies, namesOf } from '../cluster/policies.ts';
import type { AgentPods } from '../cluster/agent-pods.ts';

/** What statuses are made of. */
export interface StatusControllerOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly timeoutSeconds: number;
  /** Whether another program says what is said of Secrets. */
  readonly hasSecretsController: boolean;
  readonly policies: CachedPolicies;
  readonly states: Published<ReadonlyMap<string, RegistrationState>>;
  readonly reachable: Published<ConditionState | undefined>;
  readonly agentPods: Published<AgentPods | undefined>;
}

const minIntervalMs = 2_000;
const maxConcurrent = 4;

/** Writes the status of each policy that has something new to say. */
export function createStatusController(options: StatusControllerOptions): Controller {
  const { api, clock, timeoutSeconds, policies, states, reachable, agentPods } = options;
  return {
    name: 'status',
    watches: [policies, states, reachable, agentPods],
    keys: () => namesOf(policies.items()),
    minIntervalMs,
    maxConcurrent,
    whenReady: policies.whenSynced,
    async reconcile(name) {
      const object = policies.get(name);
      const registration = states.current.get(name);
      const pods = agentPods.current;
      const parsed = policies.parsed().get(name);
      const tally = parsed?.ok ? pods?.tallies.get(parsed.policy) : noPods;
      // Whoever has not looked at it yet publishes when it has.
      if (!object || !parsed || !registration || !pods || !tally) return undefined;
      const previous = object['status'];
      const { generation = 0 } = object.metadata;
      const observed = { generation, parsed, previous };
      const now = timestamp(clock);
      const ofPolicy = policyStatus(observed, {
        registration,
        reachable: reachable.current,
        overlap: pods.overlaps.get(name),
        timeoutSeconds,
        tally,
        knowsPods: pods.known,
        now,
      });
      const ofSecrets = options.hasSecretsController
        ? { conditions: [] }
        : secretReport(observed, nothingReadable(pods), now).status;
      const conditions = [...ofPolicy.conditions, ...ofSecrets.conditions];
      const status = { ...ofSecrets, ...ofPolicy, conditions };
      if (!statusChanged(status, previous)) return undefined;
      await api.apply(
        resources.tokenPolicies,
        { metadata: { name }, status },
        { subresource: 'status' },
      );
      return undefined;
    },
  };
}
