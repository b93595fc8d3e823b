import type { Policy } from '../policy/compile-policy.ts';
import type { Outcome } from './decision.ts';
import type { DecisionReason } from './reasons.ts';

/** How pods come to hold what a policy wants where something else was kept: one sentence, without its full stop. */
export function wayOut({ env }: Policy, { reason, subject, refersTo }: Outcome): string {
  const replace = `Set whenPresent: Replace for ${subject} in the policy, and create the pods anew`;
  if (reason === 'file-path-occupied')
    return `${replace}; where it is set already, choose another mountPath`;
  if (reason !== 'env-kept-reference') return waysOut[reason] ?? 'Correct the manifest of the pods';
  const wanted = env.find(({ name }) => name === subject)?.entry.valueFrom.secretKeyRef.name;
  if (refersTo === undefined || refersTo.secret === wanted) return replace;
  const { secret, key } = refersTo;
  const itsKey = key === undefined ? 'its key' : `key: ${key}`;
  return `${replace}; or hold to what is there, with secretName: ${secret} and ${itsKey} for it in the policy`;
}

const waysOut: Partial<Record<DecisionReason, string>> = {
  conflict: 'Two policies write the same; an administrator has to narrow one of them',
  'env-kept-literal':
    'Set whenPresent: ReplaceLiteral in the policy, or take the written-out value out of the manifest, and create the pods anew',
  'file-volume-occupied':
    'Give the other volume another name in the manifest, and create the pods anew',
};
