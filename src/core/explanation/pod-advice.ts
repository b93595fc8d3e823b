import type { Item } from './annotation-advice.ts';
import type { PodCount } from './count-pods.ts';
import type { PolicyExplanation } from './explanation.ts';
import type { Obstacle } from './obstacle.ts';
import { renewal } from './renewal.ts';
import type { Subject } from './subject.ts';

/** What is known of pods that exist, and of what would become of new ones. */
interface PodFacts {
  readonly obstacle: Obstacle | undefined;
  /** Absent where the pods of a workload are not known. */
  readonly count: PodCount | undefined;
}

/** Whether pods are to be made anew, which is so only where some lack their token and new ones would have it. */
export function adviseOnPods(
  { verdict, createdAt = '' }: PolicyExplanation,
  subject: Subject,
  { obstacle, count }: PodFacts,
): Item[] {
  const { text, command } = renewal(subject);
  const how = command === undefined ? {} : { command };
  const mayLack = ['gets', 'would-get', 'holds'].includes(verdict) && !subject.isPod;
  if (verdict === 'lacks' || (mayLack && count && count.lacks > 0)) {
    if (obstacle !== undefined) return [notYet];
    return [{ text: count ? `${lacking(count.lacks)}. ${text}` : text, ...how }];
  }
  if (verdict !== 'gets' || count || subject.kind === 'CronJob') return [];
  // Its pods cannot be older than the workload.
  if ((subject.createdAt ?? '') >= createdAt) return [];
  return [
    {
      text: `Whether its pods have the token is not known: you lack the right to list pods -n ${subject.namespace}. If they were created before ${createdAt}, when the policy came, they have none. In that case: ${text}`,
      ...how,
    },
  ];
}

const notYet: Item = {
  text: 'Make no new pods before that, they would not get the token either; then ask again',
};

function lacking(pods: number): string {
  return pods === 1 ? '1 of its pods has no token' : `${pods} of its pods have no token`;
}
