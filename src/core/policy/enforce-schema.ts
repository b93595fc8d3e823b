import type { Schema } from './schema-language.ts';

/** `spec.enforce` of a TokenPolicy. */
export const enforce = {
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
