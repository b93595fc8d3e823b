import { entryName, probeName } from '../identity.ts';
import { type Json, isObject } from '../json.ts';
import type { Policy } from '../policy/compile-policy.ts';
import { caSize, maxBytes, storedSize } from './configuration-size.ts';
import { type Registration, clientConfig, maxPolicies, webhookEntry } from './mutating-webhook.ts';
import { probeEntry } from './probe.ts';

/** A policy of the cluster; `policy` is undefined where it does not parse. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy | undefined;
}

/** Why a policy has no entry: there are as many policies as may be, or as many bytes. */
export type Excess =
  | { readonly limit: 'policies' }
  | {
      readonly limit: 'bytes';
      /** Of the entry that it would have. */
      readonly bytes: number;
      /** How many of these are CA certificates. */
      readonly caBytes: number;
    };

/** The entries of the MutatingWebhookConfiguration, and who got none. */
export interface RegistrationPlan {
  /** Plain JSON, in the order of the policies' names, the probe last. */
  readonly webhooks: readonly Entry[];
  /** Policies that were left out because the configuration is full. */
  readonly tooMany: ReadonlyMap<string, Excess>;
}

type Entry = Json & { readonly name: string };

interface Candidate {
  readonly name: string;
  readonly entry: Entry;
  readonly isRegistered: boolean;
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
  const candidates = candidatesOf(policies, live, registration);
  const probe = probeEntry(registration);
  const tooMany = excessOf(candidates, probe, registration);
  const chosen = candidates.filter(({ name }) => !tooMany.has(name));
  return { webhooks: [...chosen.map(({ entry }) => entry), probe], tooMany };
}

/** In the order of their names. */
function candidatesOf(
  policies: readonly NamedPolicy[],
  live: readonly unknown[],
  registration: Registration,
): Candidate[] {
  const entries = new Map(live.filter(isObject).map((entry) => [entry.name, entry]));
  return policies
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, policy }) => {
      const before = entries.get(entryName(name));
      const isRegistered = before !== undefined;
      if (policy) return [{ name, entry: webhookEntry(policy, registration), isRegistered }];
      if (!before || name === probeName) return [];
      const shared = { name: entryName(name), clientConfig: clientConfig(name, registration) };
      return [{ name, entry: { ...before, ...shared }, isRegistered }];
    });
}

/**
 * Who does not fit, those with an entry being the first that do. A new entry has to fit with the CA that joins the
 * present one during a renewal too, or that would push out others.
 */
function excessOf(
  candidates: readonly Candidate[],
  probe: Entry,
  { cas = [] }: Registration,
): ReadonlyMap<string, Excess> {
  const tooMany = new Map<string, Excess>();
  // A single CA gets another one as large beside it while it is renewed.
  const caGrowth = cas.length === 1 ? cas[0]!.length : 0;
  let count = 0;
  let bytes = storedSize(probe);
  const registered = candidates.filter(({ isRegistered }) => isRegistered);
  const others = candidates.filter(({ isRegistered }) => !isRegistered);
  for (const { name, entry, isRegistered } of [...registered, ...others]) {
    const size = storedSize(entry);
    const growth = isRegistered ? 0 : (count + 2) * caGrowth;
    if (count === maxPolicies) tooMany.set(name, { limit: 'policies' });
    else if (bytes + size + growth > maxBytes)
      tooMany.set(name, { limit: 'bytes', bytes: size, caBytes: caSize(entry) });
    else {
      count += 1;
      bytes += size;
    }
  }
  return tooMany;
}

/** What does not fit, and what to do. */
export function excessText(excess: Excess): string {
  const words = (bytes: number) => bytes.toLocaleString('en');
  return excess.limit === 'policies'
    ? `A cluster has room for ${maxPolicies} policies: delete some, or join policies that go to the same pods.`
    : `The webhook configuration is full: it has room for ${words(maxBytes)} bytes, about what etcd takes, and the policy's entry has ${words(excess.bytes)}, of which ${words(excess.caBytes)} are CA certificates. Take a CA with a smaller key, such as ECDSA P-256, delete policies, join policies that go to the same pods, or shorten selectors.`;
}
