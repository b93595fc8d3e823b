import { injectAnnotation } from '../identity.ts';
/** Why a policy does not concern a pod. */
export const matchReasons = {
  'annotation-false': `The pod opts out: its annotation ${injectAnnotation} is "false".`,
  'annotation-missing': `The policy only serves pods that ask (match.annotation: Required), and the pod has no (legible) annotation ${injectAnnotation}.`,
  'annotation-other-policies': `The annotation ${injectAnnotation} names other policies, not this one.`,
  'excluded-namespace':
    'The pod is in a namespace that the installation excludes for all policies.',
  'mirror-pod': 'The pod mirrors a static pod of a node, which cannot refer to a Secret.',
  'namespace-not-selected':
    "The policy's match.namespaces does not have the namespace, or its labels do not satisfy the policy's namespaceSelector.",
  'own-namespace':
    'The pod is in the namespace of token-injector itself, which is always left out.',
  'pod-not-selected': "The pod's labels do not satisfy the policy's podSelector.",
  'service-account-not-selected':
    "The policy's match.serviceAccountNames does not have the ServiceAccount of the pod.",
  'system-namespace':
    'The pod is in a system namespace and the policy does not set systemNamespaces.',
} as const satisfies Record<string, string>;

/** Why a policy does not concern a pod. */
export type MatchReason = keyof typeof matchReasons;
