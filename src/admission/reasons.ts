import { explainedReasons } from '../core/explanation/reasons.ts';

/** Why a request never got as far as a decision about a pod. */
const requestReasons = {
  'not-a-pod': 'The object is not a pod; token-injector changes pods only.',
  'operation-ignored':
    'Pods are changed when they are created, and when they get an ephemeral container; never otherwise.',
  'policy-unknown': 'No policy of that name is known.',
  'probe-answered': 'The request was our own, to see whether the API server reaches the webhook.',
  'not-a-probe':
    'The request was sent where only our own probes belong, and is none; the object was left as it is.',
} as const satisfies Record<string, string>;

/** What became of a request that was no question about a pod, or of no policy that is known. */
export type RequestReason = keyof typeof requestReasons;

/** Every outcome: code and one sentence for people. Logs, metrics, warnings, the CLI and the docs share this table. */
export const reasons = { ...requestReasons, ...explainedReasons };

/** The code of an outcome. */
export type ReasonCode = keyof typeof reasons;
