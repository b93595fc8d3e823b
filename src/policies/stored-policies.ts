import {
  type ParsedPolicy,
  type PoliciesByName,
  parseStoredPolicy,
} from '../core/policy/parse-policy.ts';
import type { KubeObject } from '../kube/client/api.ts';
import { identityMetadata } from '../kube/informer/identity-metadata.ts';
import { resources } from '../kube/client/resources.ts';

interface Read {
  readonly version: string | undefined;
  /** The spec, as JSON. */
  readonly text: string | undefined;
  readonly parsed: ParsedPolicy;
}

/** What is kept of a TokenPolicy that is read: far less than what comes, mostly managedFields. */
export function projectPolicy({ metadata, spec }: KubeObject): KubeObject {
  return { metadata: identityMetadata(metadata), spec };
}

/**
 * Makes a reader of TokenPolicies, which select nothing in the excluded namespaces: one that has not changed since it was
 * last read is the same object again.
 */
export function createPolicyReader(
  excludedNamespaces: readonly string[] = [],
): (objects: Iterable<KubeObject>) => PoliciesByName {
  let known: ReadonlyMap<string, Read> = new Map();
  return (objects) => {
    const next = new Map<string, Read>();
    for (const { metadata, spec } of objects) {
      const { name } = metadata;
      next.set(name, readAgain(known.get(name), metadata, spec, excludedNamespaces));
    }
    known = next;
    return new Map([...next].map(([name, { parsed }]) => [name, parsed]));
  };
}

function readAgain(
  before: Read | undefined,
  { name, uid, resourceVersion }: KubeObject['metadata'],
  spec: unknown,
  excludedNamespaces: readonly string[],
): Read {
  const version = resourceVersion === undefined ? undefined : `${uid}/${resourceVersion}`;
  if (before && version !== undefined && before.version === version) return before;
  // A change of the status alone moves the resourceVersion, and one of the definition moves not even the generation.
  const text = JSON.stringify(spec);
  const isSame = before?.text === text;
  return { version, text, parsed: isSame ? before.parsed : parse(name, spec, excludedNamespaces) };
}

function parse(name: string, spec: unknown, excludedNamespaces: readonly string[]): ParsedPolicy {
  const { apiVersion, kind } = resources.tokenPolicies;
  return parseStoredPolicy({ apiVersion, kind, metadata: { name }, spec }, excludedNamespaces);
}
