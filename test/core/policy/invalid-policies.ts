import { type Draft, invalidSecrets } from './invalid-secrets.ts';

export type { Draft };

/** A policy that nothing is wrong with. */
export const goodPolicy = (): Draft => ({
  apiVersion: 'token-injector.dev/v1alpha1',
  kind: 'TokenPolicy',
  metadata: { name: 'aikido' },
  spec: {
    match: { podSelector: { matchLabels: { app: 'agent' } } },
    secret: { name: 'aikido-api-secret' },
    inject: { env: [{ name: 'AIKIDO_API_TOKEN', key: 'token' }] },
  },
});

/** A good policy after a change. */
export function spoilt(change: (draft: Draft) => void): Draft {
  const draft = goodPolicy();
  change(draft);
  return draft;
}

const withoutLabel =
  'spec.enforce.missingToken: must not be Deny for a policy that no label is required for: set match.namespaces, set a label in match.podSelector or match.namespaceSelector by matchLabels, In, or Exists of one that Kubernetes does not set itself, or set match.annotation: Required';

/** What is wrong, how a good policy gets it, and the one problem that the parser then tells. */
export const invalidPolicies: readonly (readonly [string, (draft: Draft) => void, string])[] = [
  [
    'a wrong apiVersion',
    (d) => (d.apiVersion = 'token-injector.dev/v1'),
    'apiVersion: must be token-injector.dev/v1alpha1',
  ],
  [
    'a name that is no DNS label',
    (d) => (d.metadata.name = 'a.b'),
    'metadata.name: must be a DNS label: lower-case letters, digits and "-"',
  ],
  [
    'a name that is too long',
    (d) => (d.metadata.name = 'a'.repeat(49)),
    'metadata.name: must have at most 48 characters, has 49',
  ],
  [
    'a reserved name',
    (d) => (d.metadata.name = 'probe'),
    'metadata.name: must not be probe, true, false: these are reserved',
  ],
  [
    'a system namespace that is never selected',
    (d) => (d.spec.match.namespaces = ['shop', 'kube-system']),
    'spec.match.namespaces[1]: must not be kube-node-lease or kube-system without match.systemNamespaces: true: set that, or remove the name',
  ],
  ['no metadata', (d) => (d.metadata = undefined!), 'metadata: is required'],
  [
    'an unknown field of the spec',
    (d) => (d.spec.rotation = {}),
    'spec.rotation: unknown field; known here: match, secret, inject, enforce',
  ],
  [
    'nothing to inject',
    (d) => (d.spec.inject = {}),
    'spec.inject: must have at least one entry in env or files',
  ],
  [
    'a variable twice',
    (d) => d.spec.inject.env.push({ name: 'aikido_api_token', key: 'x' }),
    'spec.inject.env[1].name: is there twice (case does not count)',
  ],
  [
    'an unknown operator',
    (d) =>
      (d.spec.match.podSelector = {
        matchExpressions: [{ key: 'a', operator: 'in', values: ['b'] }],
      }),
    'spec.match.podSelector.matchExpressions[0].operator: must be one of In, NotIn, Exists, DoesNotExist; did you mean "In"?',
  ],
  [
    'In without values',
    (d) => (d.spec.match.podSelector = { matchExpressions: [{ key: 'a', operator: 'In' }] }),
    'spec.match.podSelector.matchExpressions[0].values: is required with In',
  ],
  [
    'Exists with values',
    (d) =>
      (d.spec.match.podSelector = {
        matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }],
      }),
    'spec.match.podSelector.matchExpressions[0].values: must not be set with Exists',
  ],
  [
    'a bad label key',
    (d) => (d.spec.match.podSelector = { matchLabels: { 'a/b/c': 'x' } }),
    'spec.match.podSelector.matchLabels["a/b/c"]: must be a label key: an optional DNS prefix and "/", then at most 63 letters, digits, "-", "_" and "."',
  ],
  [
    'a label value that is no string',
    (d) => (d.spec.match.podSelector = { matchLabels: { a: true } }),
    'spec.match.podSelector.matchLabels["a"]: must be a string: put it in quotes',
  ],
  [
    'a label value that is null, which the API server would drop',
    (d) => (d.spec.match.podSelector = { matchLabels: { a: null } }),
    'spec.match.podSelector.matchLabels["a"]: must be a string',
  ],
  [
    'too many labels',
    (d) =>
      (d.spec.match.namespaceSelector = {
        matchLabels: Object.fromEntries(
          Array.from({ length: 65 }, (_, index) => [`l${index}`, '']),
        ),
      }),
    'spec.match.namespaceSelector.matchLabels: must have at most 64 keys',
  ],
  [
    'a label key with too long a prefix',
    (d) =>
      (d.spec.match.podSelector = {
        matchExpressions: [{ key: `${'a'.repeat(254)}/b`, operator: 'Exists' }],
      }),
    'spec.match.podSelector.matchExpressions[0].key: must be a label key: an optional DNS prefix and "/", then at most 63 letters, digits, "-", "_" and "."',
  ],
  [
    'a label key with too long a name',
    (d) => (d.spec.match.podSelector = { matchLabels: { [`a/${'b'.repeat(64)}`]: '' } }),
    `spec.match.podSelector.matchLabels["a/${'b'.repeat(64)}"]: must be a label key: an optional DNS prefix and "/", then at most 63 letters, digits, "-", "_" and "."`,
  ],
  [
    'a file twice',
    (d) =>
      (d.spec.inject.files = [
        {
          mountPath: '/etc/x',
          items: [
            { key: 'a', path: 'a' },
            { key: 'b', path: 'a' },
          ],
        },
      ]),
    'spec.inject.files[0].items[1].path: is there twice',
  ],
  [
    'a namespace that can have no such name',
    (d) => (d.spec.match.namespaces = ['aikido', 'Team_A']),
    'spec.match.namespaces[1]: must be the name of a namespace: lower-case letters, digits and "-"',
  ],
  [
    'the form of a container for a variable',
    (d) => Object.assign(d.spec.inject.env[0], { valueFrom: {} }),
    'spec.inject.env[0].valueFrom: unknown field; write key; the Secret is spec.secret, or secretName of the entry',
  ],
  [
    'the reference of a container without valueFrom',
    (d) => Object.assign(d.spec.inject.env[0], { secretKeyRef: { name: 'a', key: 'b' } }),
    'spec.inject.env[0].secretKeyRef: unknown field; write key; the Secret is spec.secret, or secretName of the entry',
  ],
  [
    'a value written out',
    (d) => Object.assign(d.spec.inject.env[0], { value: 'AIK_CANARY' }),
    'spec.inject.env[0].value: unknown field; a policy holds no values; write key; the Secret is spec.secret, or secretName of the entry',
  ],
  [
    'envFrom',
    (d) => Object.assign(d.spec.inject, { envFrom: [{ secretRef: { name: 'a' } }] }),
    'spec.inject.envFrom: unknown field; list the variables below env; in each, write key; the Secret is spec.secret, or secretName of the entry',
  ],
  [
    'labels without their selector',
    (d) => (d.spec.match = { matchLabels: {} }),
    'spec.match.matchLabels: unknown field; write it below podSelector or namespaceSelector',
  ],
  [
    'a bad container glob',
    (d) => (d.spec.match.containers = { include: ['App?'] }),
    'spec.match.containers.include[0]: must be a container name, in which * stands for any characters',
  ],
  [
    'an empty include',
    (d) => (d.spec.match.containers = { include: [] }),
    'spec.match.containers.include: must have at least 1 item',
  ],
  [
    'a relative mountPath',
    (d) => (d.spec.inject.files = [{ mountPath: 'etc', items: [{ key: 'a', path: 'a' }] }]),
    'spec.inject.files[0].mountPath: must be an absolute path without a slash at its end: letters, digits, "-", "_", "." and "/"',
  ],
  [
    'dots in a mountPath',
    (d) => (d.spec.inject.files = [{ mountPath: '/etc/../x', items: [{ key: 'a', path: 'a' }] }]),
    'spec.inject.files[0].mountPath: must not have "." or ".." as a part',
  ],
  ...[
    '/etc',
    '/dev',
    '/etc/hosts',
    '/proc',
    '/sys/agent',
    '/var/run/secrets/kubernetes.io/serviceaccount',
    '/run/secrets/kubernetes.io',
  ].map((mountPath): [string, (draft: Draft) => void, string] => [
    `a mountPath that is taken, ${mountPath}`,
    (d) => (d.spec.inject.files = [{ mountPath, items: [{ key: 'a', path: 'a' }] }]),
    'spec.inject.files[0].mountPath: must not be where the kubelet or the container runtime mounts something itself: /dev, /etc, /etc/hostname, /etc/hosts, /etc/resolv.conf, /proc, /sys, /run/secrets/kubernetes.io, /var/run/secrets/kubernetes.io',
  ]),
  [
    'dots in a path',
    (d) => (d.spec.inject.files = [{ mountPath: '/etc/x', items: [{ key: 'a', path: '../a' }] }]),
    'spec.inject.files[0].items[0].path: must not start with ".." or have "." or ".." as a part',
  ],
  [
    'a file that is also a folder',
    (d) =>
      (d.spec.inject.files = [
        {
          mountPath: '/etc/x',
          items: [
            { key: 'a', path: 'a' },
            { key: 'b', path: 'a/b' },
          ],
        },
      ]),
    'spec.inject.files[0].items[0].path: is a file and also the folder of another item',
  ],
  [
    'a ninth folder',
    (d) => (d.spec.inject.files = Array.from({ length: 9 }, (_, n) => ({ mountPath: `/${n}` }))),
    'spec.inject.files: must have at most 8 items',
  ],
  [
    'a folder in another one',
    (d) =>
      (d.spec.inject.files = [{ mountPath: '/a/b' }, { mountPath: '/a' }, { mountPath: '/ab' }]),
    'spec.inject.files[0].mountPath: is that of another folder, or within it',
  ],
  [
    'more permissions than there are',
    (d) => (d.spec.inject.files = [{ mountPath: '/a', defaultMode: 0o1000 }]),
    'spec.inject.files[0].defaultMode: must be at most 511',
  ],
  [
    'no file in a folder',
    (d) => (d.spec.inject.files = [{ mountPath: '/a', items: [] }]),
    'spec.inject.files[0].items: must have at least 1 item',
  ],
  ...invalidSecrets,
  [
    'Deny for every pod',
    (d) => Object.assign(d.spec, { match: {}, enforce: { missingToken: 'Deny' } }),
    withoutLabel,
  ],
  ...refusedWithoutLabel([
    ['a label that is nowhere', 'podSelector', { key: 'x', operator: 'DoesNotExist' }],
    ['a value that is nowhere', 'podSelector', { key: 'x', operator: 'NotIn', values: ['y'] }],
    ['other namespaces', 'namespaceSelector', { key: 'x', operator: 'NotIn', values: ['y'] }],
    [
      'the label that every namespace has',
      'namespaceSelector',
      { key: 'kubernetes.io/metadata.name', operator: 'Exists' },
    ],
    [
      'the label that every pod of a Deployment has',
      'podSelector',
      { key: 'pod-template-hash', operator: 'Exists' },
    ],
  ]),
];

/** A policy with Deny that selects all but some, one for each expression. */
function refusedWithoutLabel(
  expressions: readonly (readonly [string, string, object])[],
): [string, (draft: Draft) => void, string][] {
  return expressions.map(([name, selector, expression]) => [
    `Deny by ${name}`,
    (d) =>
      Object.assign(d.spec, {
        match: { [selector]: { matchExpressions: [expression] } },
        enforce: { missingToken: 'Deny' },
      }),
    withoutLabel,
  ]);
}
