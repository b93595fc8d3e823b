import type { Schema } from './schema-language.ts';

const labelValue = {
  type: 'string',
  maxLength: 63,
  pattern: '^([A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?)?$',
  patternMeaning: 'a label value: letters, digits, "-", "_" and ".", no other sign at either end',
} as const satisfies Schema;

const labelSelector = {
  type: 'object',
  default: {},
  properties: {
    matchLabels: {
      type: 'object',
      description: 'Labels that must be there with exactly these values.',
      // Bounds what the API server's check of a policy may cost.
      maxProperties: 64,
      additionalProperties: labelValue,
    },
    matchExpressions: {
      type: 'array',
      description: 'Requirements that all must hold.',
      maxItems: 64,
      items: {
        type: 'object',
        required: ['key', 'operator'],
        properties: {
          key: { type: 'string', description: 'A label key.', minLength: 1, maxLength: 317 },
          operator: {
            type: 'string',
            description: 'How the label is compared.',
            enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
          },
          values: {
            type: 'array',
            description: 'Needed by In and NotIn, not allowed with Exists and DoesNotExist.',
            maxItems: 64,
            items: labelValue,
          },
        },
      },
    },
  },
} as const satisfies Schema;

const containerNames = {
  type: 'array',
  maxItems: 64,
  items: {
    type: 'string',
    minLength: 1,
    maxLength: 63,
    pattern: '^[-a-z0-9*]+$',
    patternMeaning: 'a container name, in which * stands for any characters',
  },
} as const satisfies Schema;

/** `spec.match` of a TokenPolicy. */
export const match = {
  type: 'object',
  description: 'Which pods get the token.',
  default: {},
  properties: {
    namespaceSelector: {
      ...labelSelector,
      description:
        "Selects by the namespace's labels. Empty: every namespace but our own and the system's.",
    },
    systemNamespaces: {
      type: 'boolean',
      description: 'Whether kube-system and kube-node-lease are selected too.',
      default: false,
    },
    podSelector: {
      ...labelSelector,
      description: "Selects by the pod's labels. Empty: every pod.",
    },
    annotation: {
      type: 'string',
      description:
        'What the pod annotation token-injector.dev/inject does. Required: only pods that ask. Optional: selected pods unless they say "false". Ignored: nothing.',
      enum: ['Required', 'Optional', 'Ignored'],
      default: 'Optional',
    },
    containers: {
      type: 'object',
      description:
        'Which containers, init containers and sidecars get the token, by name; * stands for any characters.',
      default: {},
      properties: {
        include: {
          ...containerNames,
          description:
            'Names to include. A well-known sidecar that others add is only included by its name in full.',
          minItems: 1,
          default: ['*'],
        },
        exclude: {
          ...containerNames,
          description:
            'Names to leave out, beside those of well-known sidecars that others add; wins over include.',
          default: [],
        },
      },
    },
    ephemeralContainers: {
      type: 'boolean',
      description:
        'Whether ephemeral containers, such as those of kubectl debug, get the variables too. They get no files.',
      default: false,
    },
  },
} as const satisfies Schema;
