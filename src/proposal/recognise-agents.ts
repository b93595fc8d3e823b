import type { CatalogueAgent } from '../catalogue/catalogue.ts';
import { decideInjection } from '../core/injection/decide-injection.ts';
import { parsePolicy } from '../core/policy/parse-policy.ts';
import type { Policy } from '../core/policy/compile-policy.ts';
import { policySet } from '../core/policy/policy-set.ts';
import type { Workload } from './workloads.ts';

/** An agent of the catalogue that is among the workloads. */
export interface RecognisedAgent {
  readonly agent: CatalogueAgent;
  readonly workloads: readonly Workload[];
}

/** Finds the agents whose policies select workloads, which read their token where the policy puts it or show no token. */
export function recogniseAgents(
  workloads: readonly Workload[],
  agents: readonly CatalogueAgent[],
): RecognisedAgent[] {
  return agents
    .map((agent) => {
      const parsed = parsePolicy(agent.policy);
      const isAgent = (workload: Workload) => parsed.ok && concerns(parsed.policy, workload);
      return { agent, workloads: workloads.filter(isAgent) };
    })
    .filter((recognised) => recognised.workloads.length > 0);
}

function concerns(policy: Policy, { pod, namespace = 'default', uses, mounts }: Workload): boolean {
  const object = { metadata: pod, spec: pod.spec };
  const context = { namespace, ownNamespace: '', set: policySet([policy]) };
  const { outcomes } = decideInjection(policy, object, context);
  const places = [...uses.map(({ variable }) => variable), ...mounts.map((one) => one.mountPath)];
  return (
    outcomes.some(({ subject }) => subject !== undefined) &&
    (places.length === 0 || policy.secretKeys.some(({ subject }) => places.includes(subject)))
  );
}
