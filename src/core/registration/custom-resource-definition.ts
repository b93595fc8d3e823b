import {
  definitionName,
  group,
  ourLabels,
  revisionAnnotation,
  tokenPolicyApiVersion,
  tokenPolicyKind,
  tokenPolicyPlural,
  version,
} from '../identity.ts';
import { type Json, isObject } from '../json.ts';
import { policyRules } from '../policy/policy-rules.ts';
import { schemaRevision } from '../policy/schema-revision.ts';
import { tokenPolicySchema } from '../policy/schema.ts';
import { statusSchema } from '../policy/status-schema.ts';
import { formValidation, openApiSchema } from './open-api-schema.ts';

/** The CustomResourceDefinition of TokenPolicy (plain JSON), with every rule of the parser. */
export function tokenPolicyDefinition() {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: definitionName,
      labels: ourLabels,
      annotations: { [revisionAnnotation]: String(schemaRevision) },
    },
    spec: {
      group,
      names: {
        kind: tokenPolicyKind,
        listKind: `${tokenPolicyKind}List`,
        plural: tokenPolicyPlural,
        singular: 'tokenpolicy',
        shortNames: ['tp'],
      },
      scope: 'Cluster',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: wholeSchema() },
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns,
        },
      ],
    },
  } as const;
}

/**
 * Whether our definition should take the place of the one in the cluster: only forward, so that of two versions of the
 * controller side by side the older one undoes nothing. A definition without a revision is older than any with one.
 */
export function isNewerDefinition(live: Json | undefined): boolean {
  return revisionOf(live) < schemaRevision;
}

function revisionOf(definition: Json | undefined): number {
  const metadata = definition?.['metadata'];
  const annotations = isObject(metadata) ? metadata['annotations'] : undefined;
  const revision = isObject(annotations) ? annotations[revisionAnnotation] : undefined;
  return typeof revision === 'string' && /^[0-9]{1,9}$/.test(revision) ? Number(revision) : 0;
}

/** The schema of the whole object; of metadata a definition may limit the name and nothing else. */
function wholeSchema(): Json {
  const { properties, ...plain } = tokenPolicySchema;
  const { name } = properties.metadata.properties;
  const { patternMeaning: _, ...nameForm } = name;
  const { 'x-kubernetes-validations': ofObject, ...schema } = openApiSchema(
    { ...plain, properties: { spec: properties.spec, status: statusSchema } },
    '',
    policyRules,
  );
  return {
    ...schema,
    properties: {
      apiVersion: { type: 'string', description: tokenPolicyApiVersion },
      kind: { type: 'string', description: tokenPolicyKind },
      metadata: { type: 'object', properties: { name: nameForm } },
      ...(schema['properties'] as Json),
    },
    'x-kubernetes-validations': [
      ...formValidation(name, 'self.metadata.name').map((validation) => ({
        ...validation,
        fieldPath: '.metadata.name',
      })),
      ...(ofObject as readonly Json[]),
    ],
  };
}

const conditionColumn = (type: string) => ({
  name: type,
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=="${type}")].status`,
});

const detail = (name: string, type: string, field: string) => ({
  name,
  type: 'string',
  jsonPath: `.status.conditions[?(@.type=="${type}")].${field}`,
  priority: 1,
});

const printerColumns = [
  { name: 'Secret', type: 'string', jsonPath: '.spec.secret.name' },
  { name: 'Pods', type: 'string', jsonPath: '.status.pods.summary' },
  conditionColumn('Ready'),
  conditionColumn('SecretReady'),
  conditionColumn('Reachable'),
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  detail('Reason', 'Ready', 'reason'),
  detail('Injected', 'Injected', 'reason'),
  detail('Message', 'Ready', 'message'),
];
