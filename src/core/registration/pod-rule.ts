/** The rule (plain JSON) that makes the API server ask about one operation on pods, or on a subresource of them. */
export function podRule(
  operation: 'CREATE' | 'UPDATE',
  resource: 'pods' | 'pods/ephemeralcontainers',
) {
  return {
    operations: [operation],
    apiGroups: [''],
    apiVersions: ['v1'],
    resources: [resource],
    scope: 'Namespaced',
  };
}
