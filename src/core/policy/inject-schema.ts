import { envNamePattern, maxSubdomainLength, secretKeyPattern } from '../kubernetes-names.ts';
import type { Schema } from './schema-language.ts';
import { secretName } from './secret-schema.ts';

const secretKey = {
  type: 'string',
  description: 'Key of the Secret.',
  minLength: 1,
  maxLength: maxSubdomainLength,
  pattern: secretKeyPattern,
  patternMeaning: 'a Secret key: letters, digits, "-", "_" and "."',
} as const satisfies Schema;

const ownSecretName = {
  ...secretName,
  description: 'Name of another Secret than spec.secret.name, in the namespace of the pod.',
} as const satisfies Schema;

/** `spec.inject` of a TokenPolicy. */
export const inject = {
  type: 'object',
  description: 'What to add to each selected container: at least one env entry or file.',
  properties: {
    env: {
      type: 'array',
      description:
        'Environment variables that refer to a key of the Secret. They are inserted at the front of the list of the container, in this order.',
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
              'Name of the variable. Variables that load code or change how programs start are not allowed.',
            minLength: 1,
            maxLength: maxSubdomainLength,
            pattern: envNamePattern,
            patternMeaning: 'a variable name: letters, digits, "_", "-" and ".", no digit in front',
          },
          key: secretKey,
          secretName: ownSecretName,
          optional: {
            type: 'boolean',
            description:
              'Whether the container starts without the variable if the Secret or the key is missing. If it is not set, a variable that is there keeps its own, and a new one is not optional.',
          },
          whenPresent: {
            type: 'string',
            description:
              'What to do if the container already has an entry of that name. ReplaceLiteral: replace a literal value or a field of the pod, and keep another reference. Keep: always keep it. Replace: always replace it.',
            enum: ['ReplaceLiteral', 'Keep', 'Replace'],
            default: 'ReplaceLiteral',
          },
        },
      },
    },
    files: {
      type: 'array',
      description:
        'Folders with files from keys of the Secret, mounted read-only. The kubelet updates the files when the Secret changes.',
      default: [],
      maxItems: 8,
      // As of env.
      listMapKeys: ['mountPath'],
      items: {
        type: 'object',
        required: ['mountPath'],
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
            description:
              'The files in the folder. Without it, the folder has a file for each key of the Secret.',
            minItems: 1,
            maxItems: 32,
            items: {
              type: 'object',
              required: ['key', 'path'],
              properties: {
                key: secretKey,
                path: {
                  type: 'string',
                  description: 'Path of the file, relative to mountPath.',
                  maxLength: 1024,
                  pattern: '^[-._a-zA-Z0-9]+(/[-._a-zA-Z0-9]+)*$',
                  patternMeaning: 'a relative path: letters, digits, "-", "_", "." and "/"',
                },
              },
            },
          },
          secretName: ownSecretName,
          defaultMode: {
            type: 'integer',
            format: 'int32',
            description:
              'Permissions of the files. In YAML, write octal digits after a zero, such as 0440; in JSON, the decimal number. Kubernetes takes 0644 if it is not set.',
            minimum: 0,
            maximum: 0o777,
          },
          optional: {
            type: 'boolean',
            description:
              'Whether the container starts without the files if the Secret or a key is missing.',
            default: false,
          },
          whenPresent: {
            type: 'string',
            description:
              'What to do if the container already has a mount at mountPath. Keep: keep it. Replace: have the mount show the files of the policy, unless it is writable or has a subPath; the volume that it showed stays in the pod. Keep if it is not set.',
            enum: ['Keep', 'Replace'],
          },
        },
      },
    },
  },
} as const satisfies Schema;
