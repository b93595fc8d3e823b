import { entryName, probeLabel, probeName, productName } from '../identity.ts';
import { type Registration, clientConfig } from './mutating-webhook.ts';

/** What the webhook adds to the `data` of such a ConfigMap. */
export const probeAnswer = { answered: productName } as const;

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
