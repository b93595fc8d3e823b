import { type ParsedPolicy, parseStoredPolicy } from '../core/policy/parse-policy.ts';
import type { KubeObject } from '../kube/client/api.ts';
import { identityMetadata } from '../kube/informer/identity-metadata.ts';
import { resources } from '../kube/client/resources.ts';

/** Policies by name, also those that do not parse. */
type PoliciesByName = ReadonlyMap<string, ParsedPolicy>;

interface Read {
  readonly version: string;
  readonly parsed: ParsedPolicy;
}

/** What is kept of a TokenPolicy that is read: far less than what comes, mostly managedFields. */
export function projectPolicy({ metadata, spec }: KubeObject): KubeObject {
  return { metadata: identityMetadata(metadata), spec };
}

/** Makes a reader of TokenPolicies: one that has not changed since it was last read is the same object again. */
export function policyReader(): (objects: Iterable<KubeObject>) => PoliciesByName {
  let known: ReadonlyMap<string, Read> = new Map();
  return (objects) => {
    const next = new Map<string, Read>();
    for (const { metadata, spec } of objects) {
      const { name } = metadata;
      const version = versionOf(metadata);
      const before = known.get(name);
      next.set(name, before?.version === version ? before : { version, parsed: parse(name, spec) });
    }
    known = next;
    return new Map([...next].map(([name, { parsed }]) => [name, parsed]));
  };
}

// A change of the status alone moves the resourceVersion.
function versionOf({ uid, generation, resourceVersion }: KubeObject['metadata']): string {
  return `${uid}/${generation ?? resourceVersion}`;
}

function parse(name: string, spec: unknown): ParsedPolicy {
  const { apiVersion, kind } = resources.tokenPolicies;
  return parseStoredPolicy({ apiVersion, kind, metadata: { name }, spec });
}
