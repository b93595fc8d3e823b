import { type DecisionReason, injectionReasons } from '../injection/reasons.ts';
import { matchReasons } from '../policy/reasons.ts';

/** What `explain` finds beside the decision itself: about the policy, the pod's age and the Secret. */
export const explanationReasons = {
  'namespace-labels-unknown':
    "The labels of the namespace cannot be read; the policy's namespaceSelector was taken as satisfied.",
  'not-installed':
    'There is no MutatingWebhookConfiguration token-injector, so no pod is changed: token-injector is not installed, or its controller has not registered it.',
  'pod-before-policy': 'The pod was created before the policy, and only new pods are changed.',
  'pod-before-ready':
    'The pod was created before the policy became ready, and only new pods are changed.',
  'pod-missed':
    'The pod was created while the policy was there: the webhook was not reached, the policy changed since, or something removed the reference.',
  'policy-invalid': 'The policy has mistakes, which its author has to correct.',
  'policy-newer':
    'The policy is in force, but this program is older than it and cannot tell what it does.',
  'policy-not-ready': 'The policy is not in force yet: its condition Ready is not True.',
  'policy-not-registered': 'The policy is not registered with the API server, so nobody is asked.',
  'secret-key-missing':
    'The Secret is in the namespace, but lacks a key that the policy refers to.',
  'secret-missing': 'The Secret that the policy refers to is not in the namespace.',
  'secret-unknown': 'Whether the Secret is there and has its keys is not known.',
  'webhook-not-reached':
    'The API server does not reach the webhook at present: pods created now start without the token, or are denied where the policy has enforce.missingToken: Deny.',
} as const satisfies Record<string, string>;

/** What an explanation can say of a policy and a pod, the decision's own reasons among it. */
export type ExplainedReason = keyof typeof explanationReasons | DecisionReason;

/** One sentence for each. */
export const explainedReasons: Readonly<Record<ExplainedReason, string>> = {
  ...matchReasons,
  ...injectionReasons,
  ...explanationReasons,
};
