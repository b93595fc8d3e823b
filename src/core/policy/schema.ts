import type { FromSchema, Schema } from './schema-language.ts';

const dnsLabel = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';
const dnsSubdomain = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
const containerGlob = '^[-a-z0-9*]+$';

const labelValue = {
  type: 'string',
  maxLength: 63,
  pattern: '^([A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?)?$',
  patternMeaning: 'a label value: letters, digits, "-", "_" and ".", no other sign at either end',
} as const satisfies Schema;

const secretKey = {
  type: 'string',
  description: 'Key of the Secret.',
  minLength: 1,
  maxLength: 253,
  // Neither "." nor ".." in front, as everywhere in Kubernetes that a name may become a file.
  pattern: '^\\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$',
  patternMeaning: 'a Secret key: letters, digits, "-", "_" and "."',
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
    pattern: containerGlob,
    patternMeaning: 'a container name, in which * stands for any characters',
  },
} as const satisfies Schema;

const match = {
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
          description: 'Names to include.',
          minItems: 1,
          default: ['*'],
        },
        exclude: {
          ...containerNames,
          description: 'Names to leave out; wins over include.',
          default: ['istio-proxy', 'linkerd-proxy'],
        },
      },
    },
  },
} as const satisfies Schema;

const secret = {
  type: 'object',
  description: 'The Secret that holds the token.',
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      description: "Name of the Secret that pods refer to, always in the pod's own namespace.",
      minLength: 1,
      maxLength: 253,
      pattern: dnsSubdomain,
      patternMeaning: 'a Secret name: lower-case letters, digits, "-" and "."',
    },
  },
} as const satisfies Schema;

const inject = {
  type: 'object',
  description: 'What is added to each selected container: at least one env entry or file.',
  properties: {
    env: {
      type: 'array',
      description:
        'Environment variables that refer to a key of the Secret, put in front of the list in this order.',
      default: [],
      maxItems: 32,
      // Else a GitOps tool that merges takes the defaults of an entry for a change of the whole list.
      listMapKeys: ['name'],
      items: {
        type: 'object',
        required: ['name', 'key'],
        properties: {
          name: {
            type: 'string',
            description:
              'Name of the variable. Names that load code or change how programs start are refused.',
            minLength: 1,
            maxLength: 253,
            pattern: '^\\.?[-_a-zA-Z][-._a-zA-Z0-9]*$',
            patternMeaning: 'a variable name: letters, digits, "_", "-" and ".", no digit in front',
          },
          key: secretKey,
          optional: {
            type: 'boolean',
            description:
              'Whether the container starts without the variable when the Secret or the key is missing.',
            default: false,
          },
          whenPresent: {
            type: 'string',
            description:
              'What happens to an entry of that name. ReplaceLiteral: a written-out value is replaced, a reference is kept. Keep: both are kept. Replace: both are replaced.',
            enum: ['ReplaceLiteral', 'Keep', 'Replace'],
            default: 'ReplaceLiteral',
          },
        },
      },
    },
    files: {
      type: 'array',
      description:
        'A folder with files made of keys of the Secret, mounted read-only; kept up to date by the kubelet.',
      default: [],
      maxItems: 1,
      items: {
        type: 'object',
        required: ['mountPath', 'items'],
        properties: {
          mountPath: {
            type: 'string',
            description: 'Absolute path of the folder.',
            maxLength: 1024,
            pattern: '^(/[-._a-zA-Z0-9]+)+$',
            patternMeaning:
              'an absolute path without a slash at its end: letters, digits, "-", "_", "." and "/"',
          },
          items: {
            type: 'array',
            description: 'The files in the folder.',
            minItems: 1,
            maxItems: 32,
            items: {
              type: 'object',
              required: ['key', 'path'],
              properties: {
                key: secretKey,
                path: {
                  type: 'string',
                  description: 'Path of the file below mountPath.',
                  maxLength: 1024,
                  pattern: '^[-._a-zA-Z0-9]+(/[-._a-zA-Z0-9]+)*$',
                  patternMeaning: 'a relative path: letters, digits, "-", "_", "." and "/"',
                },
              },
            },
          },
        },
      },
    },
  },
} as const satisfies Schema;

/** The one definition of TokenPolicy: CRD, policy files, defaults, TypeScript type and reference page come from it. */
export const tokenPolicySchema = {
  type: 'object',
  description: 'Says which pods get which token, from which Secret.',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { type: 'string', enum: ['token-injector.dev/v1alpha1'] },
    kind: { type: 'string', enum: ['TokenPolicy'] },
    metadata: {
      type: 'object',
      required: ['name'],
      properties: {
        name: {
          type: 'string',
          minLength: 1,
          // Room for the prefix of the volume name, which a pod allows 63 characters.
          maxLength: 48,
          pattern: dnsLabel,
          patternMeaning: 'a DNS label: lower-case letters, digits and "-"',
        },
      },
    },
    spec: {
      type: 'object',
      required: ['secret', 'inject'],
      properties: {
        match,
        secret,
        inject,
        missed: {
          type: 'object',
          description: 'What happens to an agent pod that would start without its token.',
          default: {},
          properties: {
            atAdmission: {
              type: 'string',
              description:
                'Admit: it starts without. Refuse: the API server itself refuses it, also while the webhook is away.',
              enum: ['Admit', 'Refuse'],
              default: 'Admit',
            },
          },
        },
      },
    },
  },
} as const satisfies Schema;

/** The spec of a TokenPolicy with every default filled in. */
export type TokenPolicySpec = FromSchema<typeof tokenPolicySchema>['spec'];
/** A label selector as Kubernetes writes it. */
export type LabelSelector = TokenPolicySpec['match']['podSelector'];
