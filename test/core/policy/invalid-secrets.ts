/** A policy that a test may spoil. */
export interface Draft {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  spec: Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- tests write what no policy may hold
}

const withoutDelivery =
  'needs source.namespace, from which the Secret is delivered: set it, or remove this';
const outsideTemplate =
  'must be a key of secret.template, which names all keys of the delivered Secret: add it there, or use one of those';

function templated(template: object): (draft: Draft) => void {
  return ({ spec }) => {
    spec.match.namespaces = ['aikido'];
    Object.assign(spec.secret, { source: { namespace: 'security' }, template });
  };
}

/** What is wrong with `spec.secret`, in the form of `invalidPolicies`. */
export const invalidSecrets: readonly (readonly [string, (draft: Draft) => void, string])[] = [
  [
    'another name for a Secret in the namespace of the pod',
    (d) => (d.spec.secret.source = { name: 'other' }),
    'spec.secret.source.name: must not be set for a Secret in the namespace of the pod, which is secret.name: remove it, or set source.namespace to deliver the Secret from there',
  ],
  [
    'an unknown kind of source',
    (d) => (d.spec.secret.source = { kind: 'ExternalSecrets' }),
    'spec.secret.source.kind: must be one of Secret, ExternalSecret, SealedSecret; did you mean "ExternalSecret"?',
  ],
  [
    'a misspelt field of the source',
    (d) => (d.spec.secret.source = { nameSpace: 'security' }),
    'spec.secret.source.nameSpace: unknown field; did you mean "namespace"?',
  ],
  [
    'a source that can be in no such namespace',
    (d) => Object.assign(d.spec.secret, { source: { namespace: 'A' }, everyNamespace: true }),
    'spec.secret.source.namespace: must be the name of a namespace: lower-case letters, digits and "-"',
  ],
  [
    'delivery to namespaces that nobody named',
    (d) => (d.spec.secret.source = { namespace: 'security' }),
    'spec.secret.everyNamespace: must be true to deliver the Secret to every namespace that the policy selects by its labels, where whoever may label a namespace gets the token: set it, or name the namespaces in match.namespaces',
  ],
  [
    'a template of a Secret that is not delivered',
    (d) => (d.spec.secret.template = { token: '${token}' }),
    `spec.secret.template: ${withoutDelivery}`,
  ],
  [
    'every namespace for a Secret that is not delivered',
    (d) => (d.spec.secret.everyNamespace = true),
    `spec.secret.everyNamespace: ${withoutDelivery}`,
  ],
  [
    'a template without keys',
    (d) => {
      templated({})(d);
      d.spec.inject.env[0].secretName = 'other';
    },
    'spec.secret.template: must have at least one key',
  ],
  [
    'a template with a key that no Secret can have',
    templated({ token: '', '../x': '' }),
    'spec.secret.template["../x"]: must be a Secret key: letters, digits, "-", "_" and "."',
  ],
  [
    'a template with a text that is none',
    templated({ token: 7 }),
    'spec.secret.template["token"]: must be a string: put it in quotes',
  ],
  ...['a $HOME', '$', '${token', '${}', '${a b}', '$$$', '$${a}$'].map(
    (text): [string, (draft: Draft) => void, string] => [
      `a template with ${text}`,
      templated({ token: text }),
      'spec.secret.template["token"]: must be a text in which "${key}" stands for a key of the source, and "$$" for every other dollar sign',
    ],
  ),
  [
    'a variable with a key that the template lacks',
    templated({ 'config.yaml': '${token}' }),
    `spec.inject.env[0].key: ${outsideTemplate}`,
  ],
  [
    'a file with a key that the template lacks',
    (d) => {
      templated({ token: '${token}' })(d);
      d.spec.inject.files = [
        { mountPath: '/b', secretName: 'other', items: [{ key: 'b', path: 'b' }] },
        {
          mountPath: '/a',
          items: [
            { key: 'token', path: 'a' },
            { key: 'b', path: 'b' },
          ],
        },
      ];
    },
    `spec.inject.files[1].items[1].key: ${outsideTemplate}`,
  ],
];
