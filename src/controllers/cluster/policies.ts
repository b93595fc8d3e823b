import type { ParsedPolicy } from '../../core/policy/parse-policy.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { createPolicyReader } from '../../policies/stored-policies.ts';
import { resources } from '../../kube/client/resources.ts';
import type { Cache, CachedObjects } from '../manager/cache.ts';

/** The TokenPolicies of the cluster, as they are stored and as they read. */
export interface CachedPolicies extends Omit<CachedObjects, 'permitted' | 'notServed'> {
  parsed(): ReadonlyMap<string, ParsedPolicy>;
}

/** Watches the TokenPolicies, which select nothing in the excluded namespaces. */
export function watchPolicies(cache: Cache, excludedNamespaces: readonly string[]): CachedPolicies {
  const objects = cache.watch(resources.tokenPolicies);
  const read = createPolicyReader(excludedNamespaces);
  let items: readonly KubeObject[] = [];
  let parsed = read(items);
  return {
    ...objects,
    parsed() {
      // The list is the same one until something in it changes.
      if (items !== objects.items()) parsed = read((items = objects.items()));
      return parsed;
    },
  };
}

/** The names of stored objects. */
export function namesOf(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name);
}
