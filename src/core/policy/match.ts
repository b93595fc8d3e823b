import { injectAnnotation } from '../identity.ts';
import {
  type AnnotationValue,
  isBoolean,
  mirrorAnnotation,
  readAnnotation,
} from './annotations.ts';
import type { StringMap } from './label-selector.ts';
import type { Policy } from './compile-policy.ts';
import type { MatchReason } from './reasons.ts';
import { selectsServiceAccount } from './service-account.ts';

/** Namespaces of the cluster itself, left out unless a policy sets `systemNamespaces`. */
export const systemNamespaces: readonly string[] = ['kube-node-lease', 'kube-system'];

/** The context in which a pod is matched: where it is about to be created. */
export interface MatchContext {
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
  readonly serviceAccountName: string;
}

/** Tells why a policy does not concern a pod, or nothing when it does. */
export function mismatch(
  policy: Policy,
  pod: PodIdentity,
  context: MatchContext,
): MatchReason | undefined {
  if (Object.hasOwn(pod.annotations, mirrorAnnotation)) return 'mirror-pod';
  return (
    selectorMismatch(policy, pod.labels, context) ??
    (selectsServiceAccount(policy, pod.serviceAccountName)
      ? undefined
      : 'service-account-not-selected') ??
    annotationMismatch(policy, readAnnotation(pod.annotations, injectAnnotation))
  );
}

/** Tells why a policy does not select a pod, be the pod's annotations as they may. */
export function selectorMismatch(
  policy: Policy,
  labels: StringMap,
  context: MatchContext,
): MatchReason | undefined {
  return (
    namespaceMismatch(policy, context) ??
    (policy.selectsPod(labels) ? undefined : 'pod-not-selected')
  );
}

/** Tells why a policy selects no pod of a namespace, be the pod as it may. */
export function namespaceMismatch(policy: Policy, context: MatchContext): MatchReason | undefined {
  if (context.namespace === context.ownNamespace) return 'own-namespace';
  if (policy.excludedNamespaces.includes(context.namespace)) return 'excluded-namespace';
  const { namespaces } = policy.spec.match;
  // Selected by name, which is always known, unlike labels.
  if (namespaces.length > 0 && !namespaces.includes(context.namespace))
    return 'namespace-not-selected';
  if (!policy.spec.match.systemNamespaces && systemNamespaces.includes(context.namespace))
    return 'system-namespace';
  if (context.namespaceLabels && !policy.selectsNamespace(context.namespaceLabels))
    return 'namespace-not-selected';
  return undefined;
}

/*
 * annotation | absent or bad | "true" | "false" | names this policy | names others
 * Required   | no            | yes    | no      | yes               | no
 * Optional   | yes           | yes    | no      | yes               | no
 * Ignored    | yes           | yes    | yes     | yes               | yes
 */
function annotationMismatch(policy: Policy, value: AnnotationValue): MatchReason | undefined {
  const mode = policy.spec.match.annotation;
  if (mode === 'Ignored') return undefined;
  if (typeof value === 'string') return mode === 'Required' ? 'annotation-missing' : undefined;
  if (isBoolean(value)) return value[0] === 'true' ? undefined : 'annotation-false';
  return value.includes(policy.name) ? undefined : 'annotation-other-policies';
}
