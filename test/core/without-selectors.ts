import type { Policy } from '../../src/core/policy/compile-policy.ts';

/** A policy as it is for pods that the API server has found its selectors to select. */
export function withoutSelectors(policy: Policy): Policy {
  const { spec } = policy;
  return {
    ...policy,
    selectsPod: () => true,
    spec: { ...spec, match: { ...spec.match, namespaces: [] } },
  };
}
