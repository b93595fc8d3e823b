import { injectAnnotation } from '../identity.ts';
import {
  dnsLabelGlobPattern,
  dnsLabelPattern,
  dnsSubdomainPattern,
  labelValuePattern,
  maxLabelKeyLength,
  maxLabelLength,
  maxSubdomainLength,
} from '../kubernetes-names.ts';
import type { Schema } from './schema-language.ts';

const labelValue = {
  type: 'string',
  maxLength: maxLabelLength,
  pattern: labelValuePattern,
  patternMeaning: 'a label value: letters, digits, "-", "_" and ".", no other sign at either end',
} as const satisfies Schema;

const labelSelector = {
  type: 'object',
  default: {},
  properties: {
    matchLabels: {
      type: 'object',
      description: 'Labels that must be present with exactly these values.',
      // Bounds what the API server's check of a policy may cost.
      maxProperties: 64,
      additionalProperties: labelValue,
    },
    matchExpressions: {
      type: 'array',
      description: 'Requirements, all of which must be met.',
      maxItems: 64,
      items: {
        type: 'object',
        required: ['key', 'operator'],
        properties: {
          key: {
            type: 'string',
            description: 'A label key.',
            minLength: 1,
            maxLength: maxLabelKeyLength,
          },
          operator: {
            type: 'string',
            description: 'How to compare the label with the values.',
            enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'],
          },
          values: {
            type: 'array',
            description: 'Required with In and NotIn, not allowed with Exists and DoesNotExist.',
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
    maxLength: maxLabelLength,
    pattern: dnsLabelGlobPattern,
    patternMeaning: 'a container name, in which * stands for any characters',
  },
} as const satisfies Schema;

/** `spec.match` of a TokenPolicy. */
export const match = {
  type: 'object',
  description: 'Which pods get the token.',
  default: {},
  properties: {
    namespaces: {
      type: 'array',
      description:
        'Selects pods by the exact name of their namespace. Empty: every namespace that namespaceSelector selects. With both, both must match.',
      default: [],
      maxItems: 64,
      items: {
        type: 'string',
        minLength: 1,
        maxLength: maxLabelLength,
        pattern: dnsLabelPattern,
        patternMeaning: 'the name of a namespace: lower-case letters, digits and "-"',
      },
    },
    namespaceSelector: {
      ...labelSelector,
      description:
        'Selects pods by the labels of their namespace. Empty: every namespace except that of token-injector and the system namespaces.',
    },
    systemNamespaces: {
      type: 'boolean',
      description: 'Whether to also select pods in kube-system and kube-node-lease.',
      default: false,
    },
    podSelector: {
      ...labelSelector,
      description: 'Selects pods by their labels. Empty: every pod.',
    },
    serviceAccountNames: {
      type: 'array',
      description:
        'Selects pods by the name of their ServiceAccount, in the namespace of the pod. Empty: any. Whoever may create pods can give them any label, and any ServiceAccount of their namespace.',
      default: [],
      maxItems: 64,
      items: {
        type: 'string',
        minLength: 1,
        maxLength: maxSubdomainLength,
        pattern: dnsSubdomainPattern,
        patternMeaning: 'the name of a ServiceAccount: lower-case letters, digits, "-" and "."',
      },
    },
    annotation: {
      type: 'string',
      description: `Effect of the pod annotation ${injectAnnotation}. Required: only pods that ask for the token get it. Optional: selected pods get it unless they opt out. Ignored: no effect.`,
      enum: ['Required', 'Optional', 'Ignored'],
      default: 'Optional',
    },
    containers: {
      type: 'object',
      description:
        'Which containers, init containers and sidecars get the token, by name. * matches any characters.',
      default: {},
      properties: {
        include: {
          ...containerNames,
          description:
            'Names to include. To include a well-known sidecar that another tool injects, give its full name.',
          minItems: 1,
          default: ['*'],
        },
        exclude: {
          ...containerNames,
          description:
            'Names to exclude, in addition to well-known sidecars that other tools inject. Takes precedence over include.',
          default: [],
        },
      },
    },
    ephemeralContainers: {
      type: 'boolean',
      description:
        'Whether ephemeral containers, such as those of kubectl debug, also get the variables. They never get files.',
      default: false,
    },
  },
} as const satisfies Schema;
