import { dnsSubdomainPattern, maxSubdomainLength } from '../kubernetes-names.ts';
import type { Schema } from './schema-language.ts';

/** The name of a Secret. */
export const secretName = {
  type: 'string',
  minLength: 1,
  maxLength: maxSubdomainLength,
  pattern: dnsSubdomainPattern,
  patternMeaning: 'a Secret name: lower-case letters, digits, "-" and "."',
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
  },
} as const satisfies Schema;
