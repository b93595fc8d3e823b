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
import { type Container, type Pod, containerLists, readContainers } from './pod.ts';

/** The containers that the pod's annotation names, or nothing where it does not narrow: one that names nobody does not. */
export function namedContainers(policy: Policy, pod: Pod): ReadonlySet<string> | undefined {
  const names = listedContainers(policy, pod);
  return names && namesSomebody(names, pod) ? names : undefined;
}

function listedContainers(policy: Policy, pod: Pod): ReadonlySet<string> | undefined {
  const wish = wishOf(policy, pod, containersAnnotation);
  return typeof wish === 'string' ? undefined : new Set(wish);
}

function namesSomebody(names: ReadonlySet<string>, { spec }: Pod): boolean {
  return containerLists.some((list) =>
    readContainers(spec, list).some(({ name }) => names.has(name)),
  );
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

/** Warns of names that no container has. */
export function warnOfUnknownContainers(
  draft: Draft,
  pod: Pod,
  containers: readonly Container[],
): void {
  const listed = listedContainers(draft.policy, pod);
  if (!listed) return;
  const names = new Set(containers.map(({ name }) => name));
  if ([...listed].every((name) => names.has(name))) return;
  if (namesSomebody(listed, pod))
    warnUser(
      draft,
      'annotation-container-unknown',
      `annotation ${containersAnnotation} names a container that is not there`,
    );
  else
    warnUser(
      draft,
      'annotation-containers-nobody',
      `annotation ${containersAnnotation} names no container of the pod; ignored`,
    );
}

function wishOf({ spec }: Policy, { annotations }: Pod, annotation: string): Wish {
  return spec.match.annotation === 'Ignored' ? 'absent' : readWish(annotations, annotation);
}
