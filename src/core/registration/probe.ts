import { type Registration, clientConfig, entryName } from './mutating-webhook.ts';

/** Name of the entry, and of the path, by which the way from API server to webhook is tried. */
export const probeName = 'probe';
/** The label of the ConfigMaps that are sent that way. */
export const probeLabel = 'token-injector.dev/probe';

/** What the webhook adds to the `data` of such a ConfigMap. */
export const probeAnswer = { answered: 'token-injector' } as const;

/**
 * The webhook entry (plain JSON) for the probe: it meets labelled ConfigMaps in our own namespace and nothing else.
 * It alone fails where the webhook cannot be reached, so that the error tells the controller why.
 */
export function probeEntry(registration: Registration) {
  return {
    name: entryName(probeName),
    clientConfig: clientConfig(probeName, registration),
    rules: [
      {
        operations: ['CREATE'],
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['configmaps'],
        scope: 'Namespaced',
      },
    ],
    namespaceSelector: {
      matchExpressions: [
        {
          key: 'kubernetes.io/metadata.name',
          operator: 'In',
          values: [registration.ownNamespace],
        },
      ],
    },
    objectSelector: { matchLabels: { [probeLabel]: 'true' } },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    reinvocationPolicy: 'Never',
    matchPolicy: 'Equivalent',
    // What comes too late for a pod comes too late.
    timeoutSeconds: registration.timeoutSeconds,
    failurePolicy: 'Fail',
  };
}
