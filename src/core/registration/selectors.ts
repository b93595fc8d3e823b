import { namespaceNameLabel } from '../kubernetes-names.ts';
import { joinedNamespaceSelector } from '../policy/namespace-selector.ts';
import type { LabelSelector } from '../policy/schema.ts';
import { systemNamespaces } from '../policy/match.ts';
import type { Policy } from '../policy/compile-policy.ts';
import type { Selectors } from './added-requirements.ts';

/** What the API server selects the policy's pods by. */
export function effectiveSelectors(policy: Policy, ownNamespace: string): Selectors {
  return {
    namespaceSelector: effectiveNamespaceSelector(policy, ownNamespace),
    objectSelector: withoutEmpty(policy.spec.match.podSelector),
  };
}

/** The policy's namespaceSelector, less our own namespace, the excluded ones and, unless it wants them, the system's. */
function effectiveNamespaceSelector(
  { spec, excludedNamespaces }: Policy,
  ownNamespace: string,
): LabelSelector {
  const { systemNamespaces: wanted } = spec.match;
  const namespaceSelector = joinedNamespaceSelector(spec.match);
  const excluded = [ownNamespace, ...excludedNamespaces, ...(wanted ? [] : systemNamespaces)];
  return withoutEmpty({
    ...namespaceSelector,
    matchExpressions: [
      ...(namespaceSelector.matchExpressions ?? []),
      {
        key: namespaceNameLabel,
        operator: 'NotIn',
        values: [...new Set(excluded)],
      },
    ],
  });
}

// The API server drops what is empty; leaving it out means that nobody ever sees a difference.
function withoutEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelSelector {
  return {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(matchExpressions.length > 0 ? { matchExpressions } : {}),
  };
}
