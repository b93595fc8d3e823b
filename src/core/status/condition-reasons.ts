import { deliveryReasons } from '../delivery/reasons.ts';
import { pausedAnnotation } from '../identity.ts';
/** A reason of a condition: its status, and what it means. */
interface ConditionReason {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly meaning: string;
}

/** The conditions of a TokenPolicy and the reasons that each can have. */
export const conditionReasons = {
  Ready: {
    Registered: {
      status: 'True',
      meaning: 'The API server asks the webhook about pods that the policy selects.',
    },
    SelectorsNarrowed: {
      status: 'True',
      meaning:
        "The same, but something adds requirements to the selectors of the policy's webhook and insists on them; the message names them. Pods that they leave out get no token, and are not denied for it.",
    },
    SelectorsOverlap: {
      status: 'True',
      meaning:
        'The same, but more policies select one pod than should: while no answer of the webhook comes the API server waits for each, and it may not be able to create the pod.',
    },
    Invalid: {
      status: 'False',
      meaning:
        'The policy breaks a rule; the message tells all of them. What was registered for it before stays as it was.',
    },
    TooManyPolicies: {
      status: 'False',
      meaning:
        'The cluster has more policies than one configuration can hold, by their number or by their size; the message says which.',
    },
    NotRegistered: {
      status: 'False',
      meaning:
        'The controller could not write the webhook configuration or the ValidatingAdmissionPolicy of the policy, and retries; the message says why.',
    },
    NotPermitted: {
      status: 'False',
      meaning:
        'The webhook is asked, but the policy has enforce.missingToken: Deny, which the controller may not put in force: the chart value enforcement.missingToken.policies allows it.',
    },
    Paused: {
      status: 'False',
      meaning: `The webhook configuration, or the ValidatingAdmissionPolicy or binding of the policy, differs from what the policy requires, and has the annotation ${pausedAnnotation}.`,
    },
  },
  SecretReady: {
    Present: {
      status: 'True',
      meaning: 'Each namespace with agent pods has the Secret with every key.',
    },
    SecretMissing: { status: 'False', meaning: 'A namespace with agent pods lacks the Secret.' },
    KeyMissing: { status: 'False', meaning: 'The Secret of a namespace lacks a key.' },
    SourceNotReady: {
      status: 'False',
      meaning:
        'The ExternalSecret is not ready or the SealedSecret not synced: the Secret that is there stays as it is, and does not follow changes.',
    },
    Invalid: {
      status: 'Unknown',
      meaning: 'The policy breaks a rule, so it is not known which Secret it means.',
    },
    NoAgentPods: { status: 'Unknown', meaning: 'No pod that the policy selects is there yet.' },
    ...deliveryReasons,
  },
  Injected: {
    AllHold: {
      status: 'True',
      meaning: 'Every agent pod holds all that the policy wants.',
    },
    Kept: {
      status: 'False',
      meaning:
        "Agent pods keep something else in place of the policy's variable or files; the message names it and tells the ways out, and token-injector explain says whether its Secret is there.",
    },
    Missed: {
      status: 'False',
      meaning:
        'Agent pods run without the token, and new ones would get it; the message says how to create them anew.',
    },
    NoAgentPods: { status: 'Unknown', meaning: 'No pod that the policy selects is there yet.' },
    NotPermitted: {
      status: 'Unknown',
      meaning: 'The controller may not read pods or namespaces; its log says why.',
    },
    Invalid: {
      status: 'Unknown',
      meaning: 'The policy breaks a rule, so it is not known what pods should hold.',
    },
  },
  Reachable: {
    Answered: { status: 'True', meaning: 'The API server reaches the webhook.' },
    NotAnswered: {
      status: 'False',
      meaning:
        'The API server does not reach the webhook, so pods start without their token or are denied; the message says what it ran into.',
    },
    ProbeBlocked: {
      status: 'Unknown',
      meaning:
        'Something other than the webhook keeps the controller from trying it; the message says what, such as a webhook of others, a quota or a missing right.',
    },
    NotProbed: { status: 'Unknown', meaning: 'The probe has not been sent yet.' },
  },
} as const satisfies Record<string, Record<string, ConditionReason>>;

/** A condition of a TokenPolicy. */
export type ConditionType = keyof typeof conditionReasons;
/** A reason that a condition can have. */
export type ConditionReasonOf<Type extends ConditionType> = keyof (typeof conditionReasons)[Type];
