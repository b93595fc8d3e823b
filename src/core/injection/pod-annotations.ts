import { containersAnnotation, injectAnnotation } from '../identity.ts';
import { type AnnotationValue, isBoolean, readAnnotation } from '../policy/annotations.ts';
import type { Policy } from '../policy/compile-policy.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { type PatchBuilder, addWarning } from './patch-builder.ts';
import { type Container, type Pod, containerLists, readContainers } from './pod.ts';

/** The containers that the pod's annotation names, or nothing where it does not narrow: one that names nobody does not. */
export function namedContainers(policy: Policy, pod: Pod): ReadonlySet<string> | undefined {
  const names = listedContainers(policy, pod);
  return names && namesSomebody(names, pod) ? names : undefined;
}

function listedContainers(policy: Policy, pod: Pod): ReadonlySet<string> | undefined {
  const value = valueOf(policy, pod, containersAnnotation);
  return typeof value === 'string' ? undefined : new Set(value);
}

function namesSomebody(names: ReadonlySet<string>, { spec }: Pod): boolean {
  return containerLists.some((list) =>
    readContainers(spec, list).some(({ name }) => names.has(name)),
  );
}

/** Warns of annotations that cannot be read, or that name a policy that does not exist. */
export function warnOfBadAnnotations(builder: PatchBuilder, pod: Pod, { byName }: PolicySet): void {
  const value = valueOf(builder.policy, pod, injectAnnotation);
  if (value === 'bad') {
    addWarning(
      builder,
      'annotation-inject-bad',
      ...mendTexts(pod, injectAnnotation, '"true", "false" or policy names'),
    );
  } else if (value !== 'absent' && !isBoolean(value) && value.some((name) => !byName.has(name))) {
    addWarning(
      builder,
      'annotation-policy-unknown',
      `annotation ${injectAnnotation} names a policy that does not exist`,
    );
  }
  if (valueOf(builder.policy, pod, containersAnnotation) === 'bad') {
    addWarning(
      builder,
      'annotation-containers-bad',
      ...mendTexts(pod, containersAnnotation, 'container names'),
    );
  }
}

/** How an annotation has to be; only a manifest that no API server has seen can hold anything but a text. */
function mendTexts(
  { annotations }: Pod,
  annotation: string,
  form: string,
): readonly [string, ...string[]] {
  const bad = `bad annotation ${annotation}`;
  if (typeof annotations[annotation] === 'string') return [`${bad}: use ${form}`];
  const quote = `${bad}: put it in quotes`;
  return [`${quote}, the API server rejects the pod`, quote];
}

/** Warns of names that no container has. */
export function warnOfUnknownContainers(
  builder: PatchBuilder,
  pod: Pod,
  containers: readonly Container[],
): void {
  const listed = listedContainers(builder.policy, pod);
  if (!listed) return;
  const names = new Set(containers.map(({ name }) => name));
  if ([...listed].every((name) => names.has(name))) return;
  if (namesSomebody(listed, pod))
    addWarning(
      builder,
      'annotation-container-unknown',
      `annotation ${containersAnnotation} names a container that is not there`,
    );
  else
    addWarning(
      builder,
      'annotation-containers-nobody',
      `annotation ${containersAnnotation} names no container of the pod; ignored`,
    );
}

function valueOf({ spec }: Policy, { annotations }: Pod, annotation: string): AnnotationValue {
  return spec.match.annotation === 'Ignored' ? 'absent' : readAnnotation(annotations, annotation);
}
