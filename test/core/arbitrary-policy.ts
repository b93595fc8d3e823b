import fc from 'fast-check';
import { isForbiddenEnvName } from '../../src/core/policy/forbidden-env.ts';
import { isMountPath } from '../../src/core/policy/inject-rules.ts';
import { hasPositiveRequirement } from '../../src/core/policy/positive-requirement.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz';
const alphanumeric = `${letters}0123456789`;

/** A string of `min` to `max` of the given characters, with one of `ends` at either end. */
function word(middle: string, ends: string, min: number, max: number): fc.Arbitrary<string> {
  const from = (characters: string) => fc.constantFrom(...characters.split(''));
  return fc
    .tuple(
      from(ends),
      fc.array(from(middle), { minLength: Math.max(0, min - 2), maxLength: max - 2 }),
      from(ends),
    )
    .map(([first, rest, last]) => `${first}${rest.join('')}${last}`);
}

const dnsLabel = (max: number) => word(`${alphanumeric}-`, alphanumeric, 1, max);
const policyName = dnsLabel(48).filter((name) => !['probe', 'true', 'false'].includes(name));
const labelKey = fc.oneof(
  word(`${alphanumeric}-_.`, alphanumeric, 1, 63),
  fc
    .tuple(dnsLabel(40), word(`${alphanumeric}-_.`, alphanumeric, 1, 63))
    .map((parts) => parts.join('/')),
);
const labelValue = fc.oneof(fc.constant(''), word(`${alphanumeric}-_.ABC`, alphanumeric, 1, 63));
const secretKey = fc.oneof(
  word(`${alphanumeric}-_.AB`, `${alphanumeric}_.`, 1, 60).filter((key) => !key.startsWith('..')),
);
const envName = word(`${alphanumeric}-_.ABCXYZ`, 'ABCXYZqz_', 1, 60).filter(
  (name) => !isForbiddenEnvName(name),
);
const glob = fc.oneof(fc.constant('*'), word(`${alphanumeric}-*`, `${alphanumeric}*`, 1, 20));

const selector = fc.record(
  {
    matchLabels: fc.dictionary(labelKey, labelValue, { maxKeys: 3 }),
    matchExpressions: fc.array(
      fc.oneof(
        fc.record({
          key: labelKey,
          operator: fc.constantFrom('In', 'NotIn'),
          values: fc.uniqueArray(labelValue, { minLength: 1, maxLength: 3 }),
        }),
        fc.record({ key: labelKey, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);

const secretName = fc
  .array(dnsLabel(20), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('.'));
const env = fc.uniqueArray(
  fc.record(
    {
      secretName,
      name: envName,
      key: secretKey,
      optional: fc.boolean(),
      whenPresent: fc.constantFrom('ReplaceLiteral', 'Keep', 'Replace'),
    },
    { requiredKeys: ['name', 'key'] },
  ),
  { minLength: 1, maxLength: 5, selector: ({ name }) => name.toLowerCase() },
);

const pathPart = word(`${alphanumeric}-_.`, alphanumeric, 1, 12);
const mountPath = fc
  .array(pathPart, { minLength: 1, maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`)
  .filter(isMountPath);
const folder = fc.record(
  {
    mountPath,
    defaultMode: fc.integer({ min: 0, max: 0o777 }),
    secretName,
    optional: fc.boolean(),
    whenPresent: fc.constantFrom('Keep', 'Replace'),
    items: fc
      .uniqueArray(
        fc.record({
          key: secretKey,
          path: fc.array(pathPart, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
        }),
        { minLength: 1, maxLength: 3, selector: ({ path }) => path },
      )
      .filter(
        (items) =>
          !items.some(({ path }) => items.some((other) => other.path.startsWith(`${path}/`))),
      ),
  },
  { requiredKeys: ['mountPath'] },
);
const isWithin = (path: string, other: string) => `${path}/`.startsWith(`${other}/`);
const files = fc.uniqueArray(folder, {
  maxLength: 3,
  selector: (one) => one.mountPath,
  comparator: (one, other) => isWithin(one, other) || isWithin(other, one),
});

const templateText = fc
  .array(
    fc.oneof(
      fc.constantFrom('$$', 'apiToken: ', '\n', 'é'),
      secretKey.map((key) => `\${${key}}`),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(''));

const source = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  fc.record(
    { kind: fc.constantFrom('ExternalSecret', 'SealedSecret'), name: secretName },
    { requiredKeys: ['kind'] },
  ),
);
const home = fc.record(
  {
    kind: fc.constantFrom('Secret', 'ExternalSecret', 'SealedSecret'),
    name: secretName,
    namespace: dnsLabel(12),
  },
  { requiredKeys: ['namespace'] },
);
const template = fc.record({
  text: templateText,
  more: fc.dictionary(secretKey, templateText, { minKeys: 1, maxKeys: 2 }),
});

interface Provision {
  readonly source: object;
  readonly everyNamespace?: boolean;
  readonly template?: { readonly text: string; readonly more: object } | undefined;
}

const provision: fc.Arbitrary<Provision> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ source }) },
  {
    weight: 1,
    arbitrary: fc.record({
      source: home,
      everyNamespace: fc.boolean(),
      template: fc.option(template, { nil: undefined, freq: 1 }),
    }),
  },
);

interface Entry {
  readonly secretName?: string;
  readonly key: string;
}

/** `spec.secret` with what goes together: only a Secret that is delivered has a template, with all keys in use. */
function secretOf(
  name: string,
  { source: from, everyNamespace, template: texts }: Provision,
  namespaces: readonly string[],
  entries: readonly Entry[],
) {
  if (everyNamespace === undefined) return { name, source: from };
  const keys = entries
    .filter(({ secretName: other = name }) => other === name)
    .map(({ key }) => [key, texts?.text] as const);
  return {
    name,
    source: from,
    everyNamespace: everyNamespace || namespaces.length === 0,
    ...(texts && keys.length <= 14 && { template: { ...texts.more, ...Object.fromEntries(keys) } }),
  };
}

/** TokenPolicy objects that the parser accepts, over the whole width of what it accepts. */
export const arbitraryPolicy = fc
  .record({
    name: policyName,
    namespaces: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.array(fc.oneof(fc.constant('agents'), dnsLabel(12)), { maxLength: 3 }),
      },
    ),
    namespaceSelector: selector,
    podSelector: selector,
    systemNamespaces: fc.boolean(),
    serviceAccountNames: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.array(secretName, { maxLength: 3 }).map((names) => ['default', ...names]),
      },
      { weight: 1, arbitrary: fc.constant(['agent']) },
    ),
    ephemeralContainers: fc.boolean(),
    annotation: fc.constantFrom('Required', 'Optional', 'Ignored'),
    include: fc.array(glob, { minLength: 1, maxLength: 4 }),
    exclude: fc.array(glob, { maxLength: 4 }),
    secret: secretName,
    provision,
    env,
    files,
    refuse: fc.boolean(),
  })
  .map(
    ({
      name,
      include,
      exclude,
      secret,
      provision: how,
      env: entries,
      files: folders,
      refuse,
      ...match
    }) => ({
      apiVersion: 'token-injector.dev/v1alpha1',
      kind: 'TokenPolicy',
      metadata: { name },
      spec: {
        match: { ...match, containers: { include, exclude } },
        secret: secretOf(secret, how, match.namespaces, [
          ...entries,
          ...folders.flatMap(({ items = [], secretName: of }) =>
            items.map(({ key }) => ({ key, ...(of !== undefined && { secretName: of }) })),
          ),
        ]),
        inject: { env: entries, files: folders },
        // Refusing pods that no label is required for is what the parser does not accept.
        enforce: {
          missingToken:
            refuse &&
            (hasPositiveRequirement(match.podSelector) ||
              hasPositiveRequirement(match.namespaceSelector) ||
              match.namespaces.length > 0)
              ? 'Deny'
              : 'Allow',
        },
      },
    }),
  );
