import type { Schema } from '../../../src/core/policy/schema-language.ts';
import { tokenPolicySchema as ofToday } from '../../../src/core/policy/schema.ts';

const { properties } = ofToday;
const { match, inject, ...others } = properties.spec.properties;
const { env } = inject.properties;
const isOff = { type: 'boolean', default: false } as const satisfies Schema;
const isEmpty = {
  type: 'array',
  default: [],
  maxItems: 8,
  items: { type: 'string', maxLength: 63 },
} as const satisfies Schema;

/** A schema that a version after this one may have: each kind of field that an older program has to live with. */
export const tokenPolicySchema = {
  ...ofToday,
  properties: {
    ...properties,
    spec: {
      ...properties.spec,
      properties: {
        ...others,
        match: {
          ...match,
          properties: {
            ...match.properties,
            newerNames: isEmpty,
            newerSwitch: isOff,
            annotation: {
              ...match.properties.annotation,
              enum: [...match.properties.annotation.enum, 'Newer'],
            },
          },
        },
        inject: {
          ...inject,
          properties: {
            ...inject.properties,
            env: {
              ...env,
              items: {
                ...env.items,
                properties: { ...env.items.properties, newerSwitch: isOff },
              },
            },
          },
        },
        newer: {
          type: 'object',
          default: {},
          properties: {
            mode: { type: 'string', enum: ['Allow', 'Deny'], default: 'Allow' },
            most: { type: 'integer', default: 3 },
          },
        },
      },
    },
  },
} as const satisfies Schema;
