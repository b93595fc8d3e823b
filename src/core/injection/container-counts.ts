import { type Decision, isUnmet } from './decision.ts';

/** In how many of the selected containers a policy has its way, where others keep something else; undefined where none does. */
export function containerCounts({ outcomes }: Pick<Decision, 'outcomes'>): string | undefined {
  const concerned = outcomes.filter(({ reason }) => !leftOut.includes(reason));
  const containers = new Set(
    concerned.flatMap(({ path, container }) => (container === undefined ? [] : [path])),
  );
  const kept = new Set(concerned.flatMap(({ path, reason }) => (isUnmet(reason) ? [path] : [])));
  if (kept.size === 0) return undefined;
  const keeping = [...containers].filter((path) => kept.has(path)).length;
  // A volume that is kept is of the whole pod.
  if (keeping < kept.size)
    return `0 of ${containers.size} containers in full, a volume of the pod is kept`;
  const keep = keeping === 1 ? '1 keeps' : `${keeping} keep`;
  return `${containers.size - keeping} of ${containers.size} containers, ${keep} other entries`;
}

const leftOut: readonly string[] = ['container-not-named', 'container-not-selected'];
