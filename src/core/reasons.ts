import { explanationReasons } from './explanation/reasons.ts';
import { injectionReasons } from './injection/reasons.ts';
import { matchReasons } from './policy/reasons.ts';

/** Why a request never got as far as a decision. */
const requestReasons = {
  'not-a-pod': 'The object is not a pod; token-injector changes pods only.',
  'operation-ignored':
    'Pods are changed when they are created, and when they get an ephemeral container; never otherwise.',
  'policy-unknown': 'No policy of that name is known.',
  'probe-answered': 'The request was our own, to see whether the API server reaches the webhook.',
  'probe-foreign':
    'The request was sent where only our own probes belong, and is none; the object was left as it is.',
} as const satisfies Record<string, string>;

/** Every outcome: code and one sentence for people. Logs, metrics, warnings, the CLI and the docs share this table. */
export const reasons = {
  ...requestReasons,
  ...matchReasons,
  ...injectionReasons,
  ...explanationReasons,
};

/** The code of an outcome. */
export type ReasonCode = keyof typeof reasons;
