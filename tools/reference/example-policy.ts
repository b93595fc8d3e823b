/** A policy that sets every field there is. */
export const examplePolicy = {
  apiVersion: 'token-injector.dev/v1alpha1',
  kind: 'TokenPolicy',
  metadata: { name: 'agent' },
  spec: {
    match: {
      namespaces: ['shop'],
      namespaceSelector: {
        matchLabels: { team: 'shop' },
        matchExpressions: [{ key: 'stage', operator: 'In', values: ['test', 'production'] }],
      },
      systemNamespaces: false,
      podSelector: {
        matchLabels: { app: 'agent' },
        matchExpressions: [{ key: 'stage', operator: 'NotIn', values: ['legacy'] }],
      },
      serviceAccountNames: ['agent'],
      annotation: 'Optional',
      containers: { include: ['agent', 'agent-*'], exclude: ['agent-debug'] },
      ephemeralContainers: false,
    },
    secret: {
      name: 'agent-token',
      source: { kind: 'ExternalSecret', name: 'agent', namespace: 'security' },
      template: { token: 'token-${token}' },
      everyNamespace: true,
    },
    inject: {
      env: [
        {
          name: 'AGENT_TOKEN',
          key: 'token',
          secretName: 'agent-token-2',
          optional: false,
          whenPresent: 'ReplaceLiteral',
        },
      ],
      files: [
        {
          mountPath: '/etc/agent',
          items: [{ key: 'token', path: 'credentials/token' }],
          secretName: 'agent-files',
          defaultMode: 0o440,
          optional: false,
          whenPresent: 'Keep',
        },
      ],
    },
    enforce: { missingToken: 'Deny' },
  },
} as const;
