import { type Json, isObject } from '../json.ts';
import type { Policy } from '../policy/policy.ts';
import {
  type Registration,
  clientConfig,
  entryName,
  mostPolicies,
  webhookEntry,
} from './mutating-webhook.ts';
import { probeEntry, probeName } from './probe.ts';

/** A policy of the cluster; `policy` is undefined where it does not parse. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy | undefined;
}

/** The entries of the MutatingWebhookConfiguration, and who got none. */
export interface RegistrationPlan {
  /** Plain JSON, in the order of the policies' names, the probe last. */
  readonly webhooks: readonly (Json & { readonly name: string })[];
  /** Policies that were left out because the configuration is full. */
  readonly tooMany: readonly string[];
}

/**
 * Plans the entries for all policies. One that does not parse keeps the entry that it has, but for what every entry
 * shares; where there are more than fit, those that have an entry stay and others come in the order of their names.
 */
export function planRegistration(
  policies: readonly NamedPolicy[],
  live: readonly unknown[],
  registration: Registration,
): RegistrationPlan {
  const entries = new Map(live.filter(isObject).map((entry) => [entry.name, entry]));
  const hasEntry = ({ name }: NamedPolicy) => entries.has(entryName(name));
  const candidates = policies
    .filter((named) => named.policy !== undefined || (named.name !== probeName && hasEntry(named)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const firstTheirs = [
    ...candidates.filter(hasEntry),
    ...candidates.filter((named) => !hasEntry(named)),
  ];
  const chosen = new Set(firstTheirs.slice(0, mostPolicies));
  return {
    webhooks: [
      ...candidates
        .filter((named) => chosen.has(named))
        .map(({ name, policy }) =>
          policy
            ? webhookEntry(policy, registration)
            : {
                ...entries.get(entryName(name)),
                name: entryName(name),
                clientConfig: clientConfig(name, registration),
              },
        ),
      probeEntry(registration),
    ],
    tooMany: firstTheirs.slice(mostPolicies).map(({ name }) => name),
  };
}
