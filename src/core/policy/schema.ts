import { tokenPolicyApiVersion, tokenPolicyKind } from '../identity.ts';
import { dnsLabelPattern, dnsSubdomainPattern, maxSubdomainLength } from '../kubernetes-names.ts';
import { inject } from './inject-schema.ts';
import { match } from './match-schema.ts';
import type { FromSchema, Schema } from './schema-language.ts';

const secret = {
  type: 'object',
  description: 'The Secret that contains the token.',
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      description:
        'Name of the Secret. Pods always refer to the Secret of that name in their own namespace.',
      minLength: 1,
      maxLength: maxSubdomainLength,
      pattern: dnsSubdomainPattern,
      patternMeaning: 'a Secret name: lower-case letters, digits, "-" and "."',
    },
  },
} as const satisfies Schema;

const enforce = {
  type: 'object',
  description: 'What happens to an agent pod that would start without its token.',
  default: {},
  properties: {
    missingToken: {
      type: 'string',
      description:
        'Allow: it starts without the token. Deny: the API server itself denies it, even while the webhook is unavailable, if the chart value enforcement.missingToken.policies lists the policy.',
      enum: ['Allow', 'Deny'],
      default: 'Allow',
    },
  },
} as const satisfies Schema;

/** The one definition of TokenPolicy: CRD, policy files, defaults, TypeScript type and reference page come from it. */
export const tokenPolicySchema = {
  type: 'object',
  description: 'Defines which pods get which token, from which Secret.',
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { type: 'string', enum: [tokenPolicyApiVersion] },
    kind: { type: 'string', enum: [tokenPolicyKind] },
    metadata: {
      type: 'object',
      required: ['name'],
      properties: {
        name: {
          type: 'string',
          minLength: 1,
          // Room for the prefix of the volume name, which a pod allows 63 characters.
          maxLength: 48,
          pattern: dnsLabelPattern,
          patternMeaning: 'a DNS label: lower-case letters, digits and "-"',
        },
      },
    },
    spec: {
      type: 'object',
      required: ['secret', 'inject'],
      properties: { match, secret, inject, enforce },
    },
  },
} as const satisfies Schema;

/** The spec of a TokenPolicy with every default filled in. */
export type TokenPolicySpec = FromSchema<typeof tokenPolicySchema>['spec'];
/** A label selector as Kubernetes writes it. */
export type LabelSelector = TokenPolicySpec['match']['podSelector'];
