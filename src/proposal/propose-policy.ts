import { tokenPolicyApiVersion, tokenPolicyKind } from '../core/identity.ts';
import { stableLabels } from './stable-labels.ts';
import type { TokenGroup } from './token-groups.ts';
import type { PolicyChoices } from '../catalogue/agent-text.ts';
import type { Manifests } from './workloads.ts';

/** A policy for a group of containers. */
export interface Proposal {
  readonly group: TokenGroup;
  readonly name: string;
  readonly secret: string;
  readonly env: readonly {
    readonly name: string;
    readonly key: string;
    readonly whenPresent?: 'Replace';
  }[];
  /** Whether the manifests make the Secret that the pods refer to, so that the policy needs another one. */
  readonly replacesSecret: boolean;
  /** Where the command makes the Secret. */
  readonly namespace: string;
  /** The TokenPolicy, as the object of a manifest. */
  readonly policy: object;
}

/** Proposes a policy for a group; nothing where the pods have no stable label, by which to select them. */
export function proposePolicy(
  group: TokenGroup,
  name: string,
  { workloads, secrets }: Manifests,
  choices: PolicyChoices,
): Proposal | undefined {
  const labelsOf = (some: typeof workloads) => some.map(({ pod }) => pod.labels);
  const others = workloads.filter((workload) => !group.workloads.includes(workload));
  const matchLabels = stableLabels(labelsOf(group.workloads), labelsOf(others));
  if (Object.keys(matchLabels).length === 0) return undefined;
  const replacesSecret = group.secret !== undefined && secrets.has(group.secret);
  const ownSecret = group.secret === undefined || replacesSecret ? `${name}-token` : group.secret;
  const secret = choices.secret ?? ownSecret;
  const env = group.variables.map((variable) => ({
    name: variable.name,
    key: choices.key ?? variable.key ?? toKey(variable.name),
    ...(group.secret === undefined ? {} : { whenPresent: 'Replace' as const }),
  }));
  const namespaces = choices.namespace === undefined ? {} : { namespaces: [choices.namespace] };
  return {
    group,
    name,
    secret,
    env,
    replacesSecret,
    namespace: choices.namespace ?? group.workloads[0]!.namespace ?? 'default',
    policy: {
      apiVersion: tokenPolicyApiVersion,
      kind: tokenPolicyKind,
      metadata: { name },
      spec: {
        match: {
          ...namespaces,
          podSelector: { matchLabels },
          containers: { include: group.containers },
        },
        secret: { name: secret },
        inject: { env },
      },
    },
  };
}

/** `dd-api-key` of `DD_API_KEY`. */
export function toKey(variable: string): string {
  return variable
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}
