import { celString } from '../cel.ts';
import { isSecretKey, maxSubdomainLength, secretKeyPattern } from '../kubernetes-names.ts';
import { type Rule, fieldRule, listRule } from './rule.ts';
import type { TokenPolicySpec } from './schema.ts';

type Secret = TokenPolicySpec['secret'];
type Template = NonNullable<Secret['template']>;
type Spec = Pick<TokenPolicySpec, 'match' | 'secret' | 'inject'>;

const outsideTemplate =
  'must be a key of secret.template, which names all keys of the delivered Secret: add it there, or use one of those';

/** What `secret` can get wrong beyond its schema. */
export const secretRules: readonly Rule[] = [
  fieldRule<Secret['source']>({
    at: 'spec.secret.source',
    field: '.name',
    message:
      'must not be set for a Secret in the namespace of the pod, which is secret.name: remove it, or set source.namespace to deliver the Secret from there',
    holds: ({ kind, name, namespace }) =>
      kind !== 'Secret' || namespace !== undefined || name === undefined,
    cel: "self.kind != 'Secret' || has(self.namespace) || !has(self.name)",
  }),
  fieldRule<Template>({
    at: 'spec.secret.template',
    message: 'must have at least one key',
    holds: (template) => Object.keys(template).length > 0,
    cel: 'self.size() > 0',
  }),
  listRule<Template>({
    at: 'spec.secret.template',
    subject: 'every key',
    message: 'must be a Secret key: letters, digits, "-", "_" and "."',
    broken: (template) =>
      Object.keys(template)
        .filter((key) => !isSecretKey(key))
        .map((key) => `[${JSON.stringify(key)}]`),
    cel: `self.all(key, key.size() <= ${maxSubdomainLength} && key.matches(${celString(secretKeyPattern)}))`,
  }),
  ...(['template', 'everyNamespace'] as const).map((name) =>
    fieldRule<Secret>({
      at: 'spec.secret',
      needs: ['spec.secret.source', `spec.secret.${name}`],
      field: `.${name}`,
      message: 'needs source.namespace, from which the Secret is delivered: set it, or remove this',
      holds: ({ source, [name]: value }) =>
        source.namespace !== undefined || value === undefined || value === false,
      cel:
        name === 'template'
          ? 'has(self.source.namespace) || !has(self.template)'
          : 'has(self.source.namespace) || !self.everyNamespace',
    }),
  ),
  fieldRule<Spec>({
    at: 'spec',
    needs: ['spec.match.namespaces', 'spec.secret.source', 'spec.secret.everyNamespace'],
    field: '.secret.everyNamespace',
    message:
      'must be true to deliver the Secret to every namespace that the policy selects by its labels, where whoever may label a namespace gets the token: set it, or name the namespaces in match.namespaces',
    holds: ({ match, secret }) =>
      secret.source.namespace === undefined || secret.everyNamespace || match.namespaces.length > 0,
    cel: '!has(self.secret.source.namespace) || self.secret.everyNamespace || self.match.namespaces.size() > 0',
  }),
  listRule<Spec>({
    at: 'spec',
    needs: ['spec.secret.name', 'spec.secret.template', 'spec.inject.env'],
    subject: 'every key in inject.env of that Secret',
    message: outsideTemplate,
    broken: ({ secret, inject }) =>
      inject.env.flatMap((env, index) =>
        isMadeBy(secret, env) ? [] : [`.inject.env[${index}].key`],
      ),
    cel: `!has(self.secret.template) || self.inject.env.all(env, ${isMadeByCel('env', 'env')})`,
  }),
  listRule<Spec>({
    at: 'spec',
    needs: ['spec.secret.name', 'spec.secret.template', 'spec.inject.files'],
    subject: 'every key in inject.files of that Secret',
    message: outsideTemplate,
    broken: ({ secret, inject }) =>
      inject.files.flatMap(({ items = [], secretName }, index) =>
        items.flatMap(({ key }, at) =>
          isMadeBy(secret, { key, secretName }) ? [] : [`.inject.files[${index}].items[${at}].key`],
        ),
      ),
    cel: `!has(self.secret.template) || self.inject.files.all(folder, !has(folder.items) || folder.items.all(item, ${isMadeByCel('folder', 'item')}))`,
  }),
];

/** Whether an entry is about another Secret, or about a key that the template makes. */
function isMadeBy(
  { name, template }: Secret,
  { key, secretName = name }: { readonly key: string; readonly secretName?: string | undefined },
): boolean {
  return template === undefined || secretName !== name || Object.hasOwn(template, key);
}

function isMadeByCel(named: string, keyed: string): string {
  return `has(${named}.secretName) && ${named}.secretName != self.secret.name || ${keyed}.key in self.secret.template`;
}
