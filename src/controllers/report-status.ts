import type { ParsedPolicy } from '../core/policy/parse-policy.ts';
import type { RegistrationState } from '../core/status/policy-status.ts';
import { type StatusFacts, isNews, policyStatus } from '../core/status/policy-status.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { attemptAll } from './attempt-all.ts';

/** A TokenPolicy of the cluster and what became of reading it. */
export interface ClusterPolicy {
  readonly object: KubeObject;
  readonly parsed: ParsedPolicy;
}

/** Everything that statuses are made of. */
export interface StatusParts extends Omit<StatusFacts, 'registration'> {
  readonly api: KubeApi;
  readonly policies: readonly ClusterPolicy[];
  readonly registration: (policyName: string) => RegistrationState;
}

/** Writes the status of each policy that has something new to say. */
export async function reportStatus(parts: StatusParts): Promise<void> {
  await attemptAll(parts.policies, async ({ object, parsed }) => {
    const { name, generation = 0 } = object.metadata;
    const previous = object['status'];
    const status = policyStatus(
      { generation, parsed, previous },
      { ...parts, registration: parts.registration(name) },
    );
    if (!isNews(status, previous)) return;
    await parts.api.apply(
      resources.tokenPolicies,
      { metadata: { name }, status },
      { subresource: 'status' },
    );
  });
}
