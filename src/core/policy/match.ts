import {
  type Wish,
  injectAnnotation,
  isSwitch,
  mirrorAnnotation,
  readWish,
} from './annotations.ts';
import type { StringMap } from './label-selector.ts';
import type { Policy } from './policy.ts';
import type { MatchReason } from './reasons.ts';

/** Namespaces of the cluster itself, left out unless a policy sets `systemNamespaces`. */
export const systemNamespaces: readonly string[] = ['kube-node-lease', 'kube-system'];

/** Where a pod is about to be created. */
export interface Place {
  readonly namespace: string;
  /** Absent where they are not known: then the API server's own matching is trusted. */
  readonly namespaceLabels?: StringMap;
  /** The namespace of token-injector itself. */
  readonly ownNamespace?: string;
}

/** What of a pod the matching looks at. */
export interface PodIdentity {
  readonly labels: StringMap;
  readonly annotations: StringMap;
}

/** Tells why a policy does not concern a pod, or nothing when it does. */
export function mismatch(policy: Policy, pod: PodIdentity, place: Place): MatchReason | undefined {
  if (Object.hasOwn(pod.annotations, mirrorAnnotation)) return 'mirror-pod';
  return (
    selectorMismatch(policy, pod.labels, place) ??
    annotationMismatch(policy, readWish(pod.annotations, injectAnnotation))
  );
}

/** Tells why a policy does not select a pod, be the pod's annotations as they may. */
export function selectorMismatch(
  policy: Policy,
  labels: StringMap,
  place: Place,
): MatchReason | undefined {
  return (
    namespaceMismatch(policy, place) ?? (policy.selectsPod(labels) ? undefined : 'pod-not-selected')
  );
}

function namespaceMismatch(policy: Policy, place: Place): MatchReason | undefined {
  if (place.namespace === place.ownNamespace) return 'own-namespace';
  if (!policy.spec.match.systemNamespaces && systemNamespaces.includes(place.namespace))
    return 'system-namespace';
  if (place.namespaceLabels && !policy.selectsNamespace(place.namespaceLabels))
    return 'namespace-not-selected';
  return undefined;
}

/*
 * annotation | absent or bad | "true" | "false" | names this policy | names others
 * Required   | no            | yes    | no      | yes               | no
 * Optional   | yes           | yes    | no      | yes               | no
 * Ignored    | yes           | yes    | yes     | yes               | yes
 */
function annotationMismatch(policy: Policy, wish: Wish): MatchReason | undefined {
  const mode = policy.spec.match.annotation;
  if (mode === 'Ignored') return undefined;
  if (typeof wish === 'string') return mode === 'Required' ? 'annotation-missing' : undefined;
  if (isSwitch(wish)) return wish[0] === 'true' ? undefined : 'annotation-false';
  return wish.includes(policy.name) ? undefined : 'annotation-other-policies';
}
