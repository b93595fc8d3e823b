import { namespaceNameLabel } from '../kubernetes-names.ts';
import type { LabelSelector, TokenPolicySpec } from './schema.ts';

/** What a policy requires of a namespace, as one selector: `namespaces` is short for a label that the API server sets. */
export function joinedNamespaceSelector({
  namespaces,
  namespaceSelector,
}: Pick<TokenPolicySpec['match'], 'namespaces' | 'namespaceSelector'>): LabelSelector {
  if (namespaces.length === 0) return namespaceSelector;
  const { matchExpressions = [], ...labels } = namespaceSelector;
  const byName = { key: namespaceNameLabel, operator: 'In', values: namespaces } as const;
  return { ...labels, matchExpressions: [...matchExpressions, byName] };
}
