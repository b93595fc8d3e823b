import type { ParsedPolicy } from '../../core/policy/parse-policy.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { policyReader } from '../../policies/stored-policies.ts';
import { resources } from '../../kube/client/resources.ts';
import type { Cache, CachedObjects } from '../manager/cache.ts';

/** The TokenPolicies of the cluster, as they are stored and as they read. */
export interface CachedPolicies extends CachedObjects {
  parsed(): ReadonlyMap<string, ParsedPolicy>;
}

/** Watches the TokenPolicies. */
export function watchPolicies(cache: Cache): CachedPolicies {
  const objects: CachedObjects = cache.watch(resources.tokenPolicies);
  const read = policyReader();
  return Object.assign(Object.create(objects) as CachedObjects, {
    parsed: () => read(objects.items()),
  });
}

/** The names of stored objects. */
export function namesOf(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name);
}
