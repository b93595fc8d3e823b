import {
  type Wish,
  containersAnnotation,
  injectAnnotation,
  isSwitch,
  readWish,
} from '../policy/annotations.ts';
import type { Policy } from '../policy/policy.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { type Draft, warnUser } from './draft.ts';
import type { Container, Pod } from './pod.ts';

/** The containers that the pod's annotation names, or nothing where it does not narrow. */
export function namedContainers(policy: Policy, pod: Pod): ReadonlySet<string> | undefined {
  const wish = wishOf(policy, pod, containersAnnotation);
  return typeof wish === 'string' ? undefined : new Set(wish);
}

/** Warns of annotations that cannot be read, or that name a policy that does not exist. */
export function warnOfBadWishes(draft: Draft, pod: Pod, { byName }: PolicySet): void {
  const wish = wishOf(draft.policy, pod, injectAnnotation);
  if (wish === 'bad') {
    warnUser(
      draft,
      'annotation-inject-bad',
      `bad annotation ${injectAnnotation}: use "true", "false" or policy names`,
    );
  } else if (wish !== 'absent' && !isSwitch(wish) && wish.some((name) => !byName.has(name))) {
    warnUser(
      draft,
      'annotation-policy-unknown',
      `annotation ${injectAnnotation} names a policy that does not exist`,
    );
  }
  if (wishOf(draft.policy, pod, containersAnnotation) === 'bad') {
    warnUser(
      draft,
      'annotation-containers-bad',
      `bad annotation ${containersAnnotation}: use container names`,
    );
  }
}

/** Warns of a name that no container has. */
export function warnOfUnknownContainers(
  draft: Draft,
  pod: Pod,
  containers: readonly Container[],
): void {
  const named = namedContainers(draft.policy, pod);
  if (!named) return;
  const names = new Set(containers.map(({ name }) => name));
  if ([...named].every((name) => names.has(name))) return;
  warnUser(
    draft,
    'annotation-container-unknown',
    `annotation ${containersAnnotation} names a container that is not there`,
  );
}

function wishOf({ spec }: Policy, { annotations }: Pod, annotation: string): Wish {
  return spec.match.annotation === 'Ignored' ? 'absent' : readWish(annotations, annotation);
}
