import { validatingAdmissionPolicyName, pausedAnnotation } from '../identity.ts';
import { isObject, readList } from '../json.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import {
  type AddedRequirements,
  addedRequirementsText,
} from '../registration/added-requirements.ts';
import { type Overlap, overlapText } from '../registration/selector-overlap.ts';
import { type Excess, excessText } from '../registration/registration-plan.ts';
import { type Condition, type ConditionState, conditionState, toCondition } from './conditions.ts';
import { injected } from './injected.ts';
import { type ObservedPolicy, conditionContext } from './observed-policy.ts';
import type { PodTally } from './pod-tally.ts';

/** What a TokenPolicy says about itself, but for its Secrets. */
export interface PolicyStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  readonly excludedNamespaces: readonly string[];
  /** Absent where pods or the policy could not be read. */
  readonly pods?: PodCounts;
}

/** How many agent pods there are, by what became of them. */
interface PodCounts extends Omit<PodTally, 'judged'> {
  /** `holding/selected`, for people. */
  readonly summary: string;
}

/** How far the policy's registration with the API server has come. */
export type RegistrationState =
  | { readonly state: 'registered'; readonly addedRequirements?: AddedRequirements }
  | { readonly state: 'too-many'; readonly excess: Excess }
  | { readonly state: 'paused' | 'denial-not-permitted' }
  | { readonly state: 'failed'; readonly problem: string };

/** What the status depends on beyond the policy. */
export interface StatusInput {
  readonly registration: RegistrationState;
  /** Undefined until it was tried: then what was said before holds. */
  readonly reachable: ConditionState | undefined;
  /** Undefined where no pod is selected by more policies than should. */
  readonly overlap: Overlap | undefined;
  readonly timeoutSeconds: number;
  /** Whether pods and namespaces could be read. */
  readonly knowsPods: boolean;
  /** Its agent pods. */
  readonly tally: PodTally;
  /** RFC 3339, in whole seconds. */
  readonly now: string;
}

/** Works out the status of a policy. */
export function policyStatus(observed: ObservedPolicy, input: StatusInput): PolicyStatus {
  const { generation, parsed } = observed;
  const context = conditionContext(observed, input.now);
  const { judged: _, ...pods } = input.tally;
  return {
    observedGeneration: generation,
    conditions: [
      toCondition('Ready', readiness(parsed, input), context),
      toCondition(
        'Injected',
        parsed.ok ? injected(parsed.policy, input.tally, input.knowsPods) : notJudged,
        context,
      ),
      toCondition(
        'Reachable',
        input.reachable ?? previousState('Reachable', context.previous),
        context,
      ),
    ],
    excludedNamespaces: parsed.ok ? parsed.policy.excludedNamespaces : [],
    ...(parsed.ok && input.knowsPods
      ? { pods: { ...pods, summary: `${pods.holding}/${pods.selected}` } }
      : {}),
  };
}

const notProbed = conditionState(
  'Reachable',
  'NotProbed',
  'Whether the API server reaches the webhook has not been tried yet.',
);

function previousState(type: string, conditions: unknown): ConditionState {
  const before = readList(conditions).find((entry) => isObject(entry) && entry['type'] === type);
  return (before as ConditionState | undefined) ?? notProbed;
}

const notJudged = conditionState(
  'Injected',
  'Invalid',
  'The policy is invalid, so it is not known what pods should hold.',
);

function readiness(parsed: ParsedPolicy, input: StatusInput): ConditionState {
  const { registration } = input;
  if (!parsed.ok) {
    const problems = parsed.problems.map(({ path, message }) => `${path}: ${message}`);
    return conditionState(
      'Ready',
      'Invalid',
      `The policy is invalid; what was registered for it before stays, and the webhook leaves pods to it alone. ${problems.join('; ')}`,
    );
  }
  switch (registration.state) {
    case 'denial-not-permitted':
      return conditionState(
        'Ready',
        'NotPermitted',
        `The API server asks the webhook about pods that the policy selects, but denies none that misses its token: the controller has no right to that. Add ${parsed.policy.name} to the chart value enforcement.missingToken.policies, or set enforce.missingToken to Allow. A ValidatingAdmissionPolicy ${validatingAdmissionPolicyName(parsed.policy.name)} from before, if there is one, denies pods until it is deleted.`,
      );
    case 'registered':
      return registered(registration.addedRequirements, parsed.unknownFields, input);
    case 'too-many':
      return conditionState('Ready', 'TooManyPolicies', excessText(registration.excess));
    case 'paused':
      return conditionState(
        'Ready',
        'Paused',
        `The webhook configuration, or the ValidatingAdmissionPolicy or binding of the policy, differs from what the policy requires, and has the annotation ${pausedAnnotation}: remove the annotation, and the controller corrects it.`,
      );
    case 'failed':
      return conditionState('Ready', 'NotRegistered', registration.problem);
    default:
      return registration satisfies never;
  }
}

function registered(
  added: AddedRequirements | undefined,
  unknownFields: readonly string[],
  { overlap, timeoutSeconds }: StatusInput,
): ConditionState {
  const asked = 'The API server asks the webhook about pods that the policy selects';
  const reason = added ? 'SelectorsNarrowed' : overlap ? 'SelectorsOverlap' : 'Registered';
  const sentences = [
    added
      ? `${asked}, but only about those that also meet what somebody else adds to the selectors in the webhook configuration again and again, as the admission enforcers of some clouds do: ${addedRequirementsText(added)}. Other pods get no token, and are not denied for it.`
      : `${asked}.`,
    ...(overlap ? [overlapText(overlap, timeoutSeconds)] : []),
    ...(unknownFields.length > 0
      ? [
          `This version of token-injector does not know these fields and ignores them: ${unknownFields.join(', ')}.`,
        ]
      : []),
  ];
  return conditionState('Ready', reason, sentences.join(' '));
}
