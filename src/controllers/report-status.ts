import type { ParsedPolicy } from '../core/policy/parse-policy.ts';
import type { Overlap } from '../core/registration/overlap.ts';
import {
  type RegistrationState,
  type StatusFacts,
  isNews,
  policyStatus,
} from '../core/status/policy-status.ts';
import type { KubeApi, KubeObject } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { attemptAll } from './attempt-all.ts';

/** Everything that statuses are made of. */
export interface StatusParts extends Omit<StatusFacts, 'registration' | 'overlap' | 'now'> {
  readonly api: KubeApi;
  readonly policies: readonly {
    readonly object: KubeObject;
    readonly parsed: ParsedPolicy;
    readonly registration: RegistrationState;
    readonly overlap: Overlap | undefined;
  }[];
  readonly now: Date;
}

/** Writes the status of each policy that has something new to say. */
export async function reportStatus({ api, policies, ...facts }: StatusParts): Promise<void> {
  // As Kubernetes writes times.
  const now = facts.now.toISOString().replace(/\.\d+Z$/, 'Z');
  await attemptAll(policies, async ({ object, parsed, registration, overlap }) => {
    const { name, generation = 0 } = object.metadata;
    const previous = object['status'];
    const status = policyStatus(
      { generation, parsed, previous },
      { ...facts, registration, overlap, now },
    );
    if (!isNews(status, previous)) return;
    const update = { metadata: { name }, status };
    await api.apply(resources.tokenPolicies, update, { subresource: 'status' });
  });
}
