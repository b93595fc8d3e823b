import { reservedPolicyNames } from '../../src/core/identity.ts';
import type { Schema } from '../../src/core/policy/schema-language.ts';
import { statusSchema } from '../../src/core/policy/status-schema.ts';
import { tokenPolicySchema } from '../../src/core/policy/schema.ts';
import { maxTimeoutSeconds } from '../../src/core/registration/webhook-timeout.ts';

/** What JSON Schema has and the schema of policies does not need. */
export interface ValueSchema extends Omit<
  Schema,
  'type' | 'items' | 'additionalProperties' | 'properties'
> {
  /** One of several where a value may be null, or a number or text. */
  readonly type: ValueType | readonly ValueType[];
  readonly maximum?: number;
  readonly items?: ValueSchema;
  readonly additionalProperties?: ValueSchema | boolean;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly not?: { readonly enum: readonly string[] };
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
}

type ValueType = Schema['type'] | 'null';

/** Whether a value may be null, which Helm hands over as if it were not there. */
export function mayBeNull(path: string): boolean {
  return valueForms[path]?.type.includes('null') ?? false;
}

const { metadata, spec } = tokenPolicySchema.properties;

const port = { type: 'integer', minimum: 1, maximum: 65_535 } as const;
const strings = { type: 'object', additionalProperties: { type: 'string' } } as const;
// Types of Kubernetes and of operators: the API server checks them.
const kubernetesObject = { type: 'object', additionalProperties: true } as const;
const kubernetesObjects = { type: 'array', items: kubernetesObject } as const;

const name = {
  type: 'string',
  maxLength: 253,
  pattern: '^([a-z0-9]([-.a-z0-9]*[a-z0-9])?)?$',
  patternMeaning: 'a name: lower-case letters, digits, "-" and "."',
} as const;
// A number of pods, or a percentage of them.
const pods = {
  type: ['integer', 'string'],
  minimum: 1,
  pattern: '^([0-9]{1,2}%|100%)?$',
  patternMeaning: 'a percentage',
} as const;
const nullableObject = { type: ['object', 'null'], additionalProperties: true } as const;
const secretNames = { type: 'array', maxItems: 256, items: { ...name, minLength: 1 } } as const;
const policyName = { ...metadata.properties.name, not: { enum: reservedPolicyNames } } as const;
const namespaceNames = {
  type: 'array',
  maxItems: spec.properties.match.properties.namespaces.maxItems,
  items: {
    type: 'string',
    maxLength: 63,
    pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    patternMeaning: 'the name of a namespace',
  },
} as const;
const life = {
  type: 'string',
  pattern: '^[1-9][0-9]{0,8}[dhms]$',
  patternMeaning: 'a number and one of d, h, m and s',
} as const;

const component = {
  'serviceAccount.name': name,
  'serviceAccount.annotations': strings,
  'pdb.minAvailable': pods,
  'pdb.maxUnavailable': pods,
  minReadySeconds: { type: 'integer', minimum: 0, maximum: 3600 },
  priorityClassName: name,
  topologySpreadConstraints: kubernetesObjects,
  nodeSelector: strings,
  tolerations: kubernetesObjects,
  affinity: kubernetesObject,
  podAnnotations: strings,
  podLabels: strings,
  resources: kubernetesObject,
} as const;

/** The form of each value whose default does not say all of it. */
export const valueForms: Readonly<Record<string, ValueSchema>> = {
  'config.existingSecret.name': name,
  'config.existingSecret.key': orEmpty(spec.properties.inject.properties.env.items.properties.key),
  'config.externalSecret': {
    type: 'object',
    properties: {
      refreshInterval: { type: 'string' },
      refreshPolicy: { type: 'string' },
      secretStoreRef: { type: 'object', properties: { name, kind: { type: 'string' } } },
      target: kubernetesObject,
      data: {
        type: 'array',
        items: { ...kubernetesObject, required: ['secretKey'] },
      },
      dataFrom: kubernetesObjects,
    },
  },
  'config.sealedSecret': {
    type: 'object',
    properties: { encryptedData: strings, template: kubernetesObject },
  },
  // No pattern: Helm prints a value that does not match one.
  'config.apiToken': { type: ['string', 'null'] },
  'config.namespaces': namespaceNames,
  'config.apiEndpoint': {
    type: 'string',
    pattern: '^https?://[-_.~:/a-zA-Z0-9]+$',
    patternMeaning: 'an address that begins with "https://"',
  },
  'config.agent': orEmpty(policyName),
  'config.agents': { type: 'array', maxItems: 64, items: policyName },
  'config.match': spec.properties.match,
  'config.inject': spec.properties.inject,
  'config.enforce.missingToken': spec.properties.enforce.properties.missingToken,
  'config.secretNames': secretNames,
  'config.deliveredSecretNames': secretNames,
  policies: { type: 'object', additionalProperties: spec },
  'enforcement.missingToken.policies': {
    type: 'array',
    maxItems: 256,
    items: policyName,
  },
  'global.imagePullSecrets': {
    type: 'array',
    items: {
      type: ['string', 'object'],
      minLength: 1,
      required: ['name'],
      properties: { name },
    },
  },
  'image.repository': { type: 'string', minLength: 1 },
  'image.digest': {
    type: 'string',
    pattern: '^(sha256:[0-9a-f]{64})?$',
    patternMeaning: '"sha256:" and 64 hexadecimal digits',
  },
  'image.pullPolicy': { type: 'string', enum: ['Always', 'IfNotPresent', 'Never'] },
  imagePullSecrets: {
    type: 'array',
    items: { type: 'object', required: ['name'], properties: { name } },
  },
  extraEnv: {
    type: 'array',
    items: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', minLength: 1 },
        value: { type: 'string' },
        valueFrom: kubernetesObject,
      },
      oneOf: [{ required: ['value'] }, { required: ['valueFrom'] }],
    },
  },
  excludedNamespaces: {
    ...namespaceNames,
    maxItems: statusSchema.properties.excludedNamespaces.maxItems,
  },
  extraVolumes: kubernetesObjects,
  extraVolumeMounts: kubernetesObjects,
  commonLabels: strings,
  commonAnnotations: strings,
  extraObjects: { type: 'array', items: { type: ['object', 'string'] } },
  podSecurityContext: nullableObject,
  containerSecurityContext: nullableObject,
  dnsPolicy: {
    type: 'string',
    enum: ['', 'ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
  },
  dnsConfig: kubernetesObject,
  logLevel: {
    type: 'string',
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
  },
  fullnameOverride: {
    type: 'string',
    maxLength: 50,
    pattern: '^([a-z]([-a-z0-9]*[a-z0-9])?)?$',
    patternMeaning: 'a DNS label: lower-case letters, digits and "-", a letter in front',
  },
  priorityClassName: name,
  'certificates.source': { type: 'string', enum: ['self', 'cert-manager', 'file'] },
  'certificates.self.caDuration': life,
  'certificates.self.certDuration': life,
  'certificates.certManager.issuerRef': {
    type: 'object',
    properties: {
      name,
      kind: { type: 'string' },
      group: { type: 'string' },
    },
  },
  'certificates.certManager.duration': {
    type: 'string',
    pattern: '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$',
    patternMeaning: 'hours, minutes and seconds, such as 2160h or 1h30m',
    minLength: 2,
  },
  'certificates.file.secretName': name,
  'certificates.file.caBundle': {
    type: 'string',
    pattern: '^(\\s*-----BEGIN CERTIFICATE-----[\\s\\S]+-----END CERTIFICATE-----\\s*)?$',
    patternMeaning: 'PEM certificates',
  },
  'webhook.replicas': { type: 'integer', minimum: 1, maximum: 100 },
  'webhook.port': port,
  'webhook.timeoutSeconds': { type: 'integer', minimum: 1, maximum: maxTimeoutSeconds },
  'webhook.mutatingWebhookConfigurationAnnotations': strings,
  'webhook.drainSeconds': { type: 'integer', minimum: 0, maximum: 3600 },
  'webhook.hostNetwork.port': port,
  'webhook.hostNetwork.healthPort': port,
  ...under('webhook', component),
  'controller.replicas': { type: 'integer', minimum: 1, maximum: 10 },
  'controller.probeSeconds': { type: 'integer', minimum: 1, maximum: 86_400 },
  ...under('controller', component),
  'secretsController.replicas': { type: 'integer', minimum: 1, maximum: 10 },
  ...under('secretsController', component),
  'networkPolicy.webhookFrom': kubernetesObjects,
  'networkPolicy.metricsFrom': kubernetesObjects,
  'networkPolicy.apiServerPorts': { type: 'array', minItems: 1, items: port },
  'metrics.serviceMonitor.interval': life,
  'metrics.serviceMonitor.labels': strings,
};

/** The same form, where nothing is allowed too. */
function orEmpty({ pattern, ...form }: Schema): ValueSchema {
  return { ...form, minLength: 0, pattern: `^$|${pattern}` };
}

function under(group: string, forms: Readonly<Record<string, ValueSchema>>) {
  return Object.fromEntries(Object.entries(forms).map(([key, form]) => [`${group}.${key}`, form]));
}
