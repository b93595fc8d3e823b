import { resyncAnnotation } from '../identity.ts';

/** Why a Secret is not delivered as a policy wants it, with the status that SecretReady has for it. */
export const deliveryReasons = {
  SourceMissing: {
    status: 'False',
    meaning:
      'The Secret that the policy delivers is missing in its source.namespace. What was delivered before stays.',
  },
  SourceKeyMissing: {
    status: 'False',
    meaning:
      'The Secret that the policy delivers lacks a key that secret.template needs. What was delivered before stays.',
  },
  TemplateInvalid: {
    status: 'False',
    meaning:
      'A key that secret.template needs holds bytes that are no text, or the result is longer than a Secret may be. What was delivered before stays.',
  },
  Conflict: {
    status: 'False',
    meaning:
      'A namespace has a Secret of that name that is not of token-injector, or that another policy delivers. It is left as it is.',
  },
  Immutable: {
    status: 'False',
    meaning:
      'Somebody made a delivered Secret immutable, and it differs from the source: delete it, and it is delivered again.',
  },
  DeliveryFailed: {
    status: 'False',
    meaning: 'The API server refused to store a Secret; the controller retries.',
  },
  NotPermitted: {
    status: 'Unknown',
    meaning:
      'Secrets of that name may not be read, or not be written: the message says which chart value allows it. Injection works all the same.',
  },
  TakenOver: {
    status: 'True',
    meaning: `Another writer changed a delivered Secret, which is left as it is since then: the annotation ${resyncAnnotation}: "true" on it, or deleting it, has it delivered again.`,
  },
} as const satisfies Record<string, { readonly status: string; readonly meaning: string }>;

/** Why a Secret is not delivered as a policy wants it. */
export type DeliveryReason = keyof typeof deliveryReasons;

/** What is wrong with a delivery. */
export interface DeliveryProblem {
  readonly reason: DeliveryReason;
  /** What is wrong and what to do; names of objects and keys, and never a value. */
  readonly message: string;
}
