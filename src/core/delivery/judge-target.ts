import type { DeliveryProblem } from './reasons.ts';
import { conflict, immutable, takenOver } from './problem-text.ts';
import type { Target, WantedCopy } from './target.ts';

/** What to do about a Secret in a namespace: leave it, write what is wanted, or take it back from another writer. */
export type TargetVerdict =
  | { readonly action: 'leave'; readonly problem?: DeliveryProblem }
  | { readonly action: 'apply' | 'resync' };

/** Judges what is in a namespace by the copy that is wanted there. */
export function judgeTarget(wanted: WantedCopy, live: Target | undefined): TargetVerdict {
  if (!live) return { action: 'apply' };
  if (live.isTerminating) return { action: 'leave' };
  if (live.policy === undefined)
    return isProvided(wanted, live)
      ? { action: 'leave' }
      : { action: 'leave', problem: conflict(live) };
  // The type of a Secret cannot change.
  if (live.type !== 'Opaque') return { action: 'leave', problem: conflict(live) };
  const changed = [...wanted.digests].filter(([key, digest]) => live.digests.get(key) !== digest);
  const stale = live.ownKeys.filter((key) => !wanted.digests.has(key));
  const isSame = changed.length === 0 && stale.length === 0;
  if (live.isImmutable && !isSame) return { action: 'leave', problem: immutable(live) };
  if (live.isResyncing) return { action: 'resync' };
  if (changed.some(([key]) => live.keys.includes(key) && !live.ownKeys.includes(key)))
    return { action: 'leave', problem: takenOver(live) };
  const isOwned = live.policy === wanted.policy && live.ownerUids.includes(wanted.policyUid);
  return { action: isSame && isOwned && live.isLabelled ? 'leave' : 'apply' };
}

/** Whether an operator of Secrets has put there what pods need. */
function isProvided({ requiredKeys }: WantedCopy, { isOperated, keys }: Target): boolean {
  return isOperated && requiredKeys.every((key) => keys.includes(key));
}
