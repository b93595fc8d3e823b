import type { PodPreview } from '../../manifests/preview-injection.ts';
import { isLeftOut } from './unmet.ts';

type Previewed = Pick<PodPreview, 'decisions'>;

/** The policies that select none of the pods; none where there is no pod. */
export function idlePolicies(pods: readonly Previewed[]): string[] {
  const judgements = pods.flatMap(({ decisions }) => decisions);
  const byPolicy = Map.groupBy(judgements, ({ policy }) => policy.name);
  return [...byPolicy]
    .filter(([, decided]) => decided.every(({ decision }) => isLeftOut(decision)))
    .map(([name]) => name);
}

/** A line about the policies that select none of the pods. */
export function idlePolicyLines(pods: readonly Previewed[]): string[] {
  const idle = idlePolicies(pods);
  if (idle.length === 0) return [];
  if (idle.length === pods[0]?.decisions.length)
    return [
      `no policy selects ${pods.length === 1 ? 'the pod' : `any of the ${pods.length} pods`}`,
    ];
  return [
    `${idle.length === 1 ? '1 policy selects' : `${idle.length} policies select`} no pod: ${idle.join(', ')}`,
  ];
}
