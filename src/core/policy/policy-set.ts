import type { Policy, WantedEnv } from './compile-policy.ts';

/** All policies that are in force together. */
export interface PolicySet {
  /** In the order of their names, which is the order in which the API server calls them. */
  readonly policies: readonly Policy[];
  readonly byName: ReadonlyMap<string, Policy>;
  /** Every env reference that some policy writes, by `referenceKey`. */
  readonly references: ReadonlySet<string>;
}

/** Joins policies; of two with the same name the later one counts. */
export function policySet(policies: Iterable<Policy>): PolicySet {
  const byName = new Map([...policies].map((policy) => [policy.name, policy]));
  const sorted = [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const references = new Set(sorted.flatMap(({ env }) => env.flatMap(wantedReferences)));
  return { policies: sorted, byName, references };
}

/** Names an env reference in a way that can be compared: `token=secret/key/optional`. */
export function referenceKey(
  lowerName: string,
  secret: string,
  key: string,
  optional: boolean,
): string {
  return `${lowerName}=${secret}/${key}/${optional}`;
}

/** The references that an env rule writes, by `referenceKey`. */
function wantedReferences({ lowerName, entry, optional }: WantedEnv): string[] {
  const { name, key } = entry.valueFrom.secretKeyRef;
  const possible = optional === undefined ? [true, false] : [optional];
  return possible.map((value) => referenceKey(lowerName, name, key, value));
}
