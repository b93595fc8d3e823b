import { tokenPolicyApiVersion, tokenPolicyKind } from '../identity.ts';
import { dnsLabelPattern } from '../kubernetes-names.ts';
import { enforce } from './enforce-schema.ts';
import { inject } from './inject-schema.ts';
import { match } from './match-schema.ts';
import type { FromSchema, Schema } from './schema-language.ts';
import { secret } from './secret-schema.ts';

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
