import {
  dnsLabelPattern,
  dnsSubdomainPattern,
  maxLabelLength,
  maxSubdomainLength,
} from '../kubernetes-names.ts';
import type { Schema } from './schema-language.ts';
import { templatePattern } from './template.ts';

/** The name of a Secret. */
export const secretName = {
  type: 'string',
  minLength: 1,
  maxLength: maxSubdomainLength,
  pattern: dnsSubdomainPattern,
  patternMeaning: 'a Secret name: lower-case letters, digits, "-" and "."',
} as const satisfies Schema;

const source = {
  type: 'object',
  description: 'Where the Secret comes from.',
  default: {},
  properties: {
    kind: {
      type: 'string',
      description:
        'Kind of the object that the Secret comes from. ExternalSecret and SealedSecret: SecretReady also says what their operator says.',
      enum: ['Secret', 'ExternalSecret', 'SealedSecret'],
      default: 'Secret',
    },
    name: {
      ...secretName,
      description: 'Name of that object. If it is not set, it is secret.name.',
      patternMeaning: 'the name of an object: lower-case letters, digits, "-" and "."',
    },
    namespace: {
      type: 'string',
      description:
        'Namespace of that object. If it is set, the Secret is delivered from there to match.namespaces, or with everyNamespace to every namespace that the policy selects. If it is not set, the object is in the namespace of the pod, and nothing is delivered.',
      minLength: 1,
      maxLength: maxLabelLength,
      pattern: dnsLabelPattern,
      patternMeaning: 'the name of a namespace: lower-case letters, digits and "-"',
    },
  },
} as const satisfies Schema;

/** `spec.secret` of a TokenPolicy. */
export const secret = {
  type: 'object',
  description: 'The Secret that contains the token.',
  required: ['name'],
  properties: {
    name: {
      ...secretName,
      description:
        'Name of the Secret. Pods always refer to the Secret of that name in their own namespace.',
    },
    source,
    template: {
      type: 'object',
      description:
        'Keys of the delivered Secret, each with its text: ${key} stands for the value of that key of the source, and $$ for a dollar sign. If it is not set, the delivered Secret has the keys of the source.',
      maxProperties: 16,
      additionalProperties: {
        type: 'string',
        maxLength: 16_384,
        pattern: templatePattern,
        patternMeaning:
          'a text in which "${key}" stands for a key of the source, and "$$" for every other dollar sign',
      },
    },
    everyNamespace: {
      type: 'boolean',
      description:
        'Whether to deliver the Secret although match.namespaces is empty, to every namespace that the policy selects by its labels. Whoever may label a namespace then gets the token.',
      default: false,
    },
  },
} as const satisfies Schema;
