import { conditionReasonPattern, conditionTypePattern } from '../kubernetes-names.ts';
import type { Schema } from './schema-language.ts';

// The limits of metav1.Condition.
const condition = {
  type: 'object',
  required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  properties: {
    type: {
      type: 'string',
      description: 'Type of the condition: Ready, SecretReady, Injected or Reachable.',
      minLength: 1,
      maxLength: 316,
      pattern: conditionTypePattern,
    },
    status: {
      type: 'string',
      description: 'Status of the condition.',
      enum: ['True', 'False', 'Unknown'],
    },
    reason: {
      type: 'string',
      description: 'Machine-readable reason for the status, in one word.',
      minLength: 1,
      maxLength: 1024,
      pattern: conditionReasonPattern,
    },
    message: {
      type: 'string',
      description: 'Human-readable explanation of the status.',
      maxLength: 32768,
    },
    lastTransitionTime: {
      type: 'string',
      format: 'date-time',
      description: 'When the status of the condition last changed.',
    },
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      description: 'Generation of the policy that the condition was computed from.',
      minimum: 0,
    },
  },
} as const satisfies Schema;

const problem = {
  type: 'object',
  required: ['namespace', 'reason', 'message'],
  properties: {
    namespace: { type: 'string', description: 'Namespace of the agent pods.', maxLength: 63 },
    reason: {
      type: 'string',
      description: 'Reason, as in the condition SecretReady.',
      maxLength: 1024,
    },
    message: {
      type: 'string',
      description: 'What is missing, and what to do.',
      maxLength: 32768,
    },
  },
} as const satisfies Schema;

const podCount = (which: string) =>
  ({
    type: 'integer',
    format: 'int32',
    description: `Number of running pods ${which}.`,
    minimum: 0,
  }) as const;

/** The status of a TokenPolicy, which the controller writes and the parser passes over. */
export const statusSchema = {
  type: 'object',
  description: 'Observed state of the policy. Only the controller writes it.',
  properties: {
    observedGeneration: {
      type: 'integer',
      format: 'int64',
      description: 'Generation of the policy that the status was computed from.',
      minimum: 0,
    },
    conditions: {
      type: 'array',
      description: 'Conditions that say whether the policy works.',
      maxItems: 16,
      listMapKeys: ['type'],
      items: condition,
    },
    excludedNamespaces: {
      type: 'array',
      description: 'Namespaces that the installation excludes for all policies.',
      maxItems: 100,
      items: { type: 'string', maxLength: 63 },
    },
    pods: {
      type: 'object',
      description: 'Number of running agent pods, by what became of them.',
      properties: {
        selected: podCount('that the policy selects'),
        holding: podCount('that hold all that the policy wants'),
        kept: podCount('that keep something else in its place'),
        missed: podCount('that lack it, where new ones would get it'),
        summary: {
          type: 'string',
          description: 'Holding and selected pods, such as 4/5.',
          maxLength: 32,
        },
      },
    },
    namespaces: {
      type: 'integer',
      format: 'int32',
      description: 'Number of namespaces with agent pods of the policy.',
      minimum: 0,
    },
    problems: {
      type: 'array',
      description: 'Secrets or keys for which pods wait, by namespace.',
      maxItems: 20,
      items: problem,
    },
    moreProblems: {
      type: 'integer',
      format: 'int32',
      description: 'Number of further problems.',
      minimum: 0,
    },
  },
} as const satisfies Schema;
