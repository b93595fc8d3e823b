import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { codeIn, filesBelow, read, section, tablesOf } from './documentation.ts';

const page = 'docs/rbac.md';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules: readonly Rule[];
}

/**
 * The roles of a template, with the rules of all its branches: control structures are taken out, names are filled in as
 * those of a release token-injector.
 */
function rolesIn(template: string): Role[] {
  const text = template
    .replaceAll(
      /^( *)\{\{- include "token-injector\.metadata" (\(.*\)) \| nindent \d+ \}\}$/gm,
      nameLine,
    )
    .replaceAll('{{ $fullname }}', 'token-injector')
    .replaceAll(/-\{\{ \. \}\}$/gm, '-POLICY')
    .replaceAll('{{ include "token-injector.tlsSecret" . | quote }}', 'token-injector-tls')
    .replaceAll(
      /\{\{ include "token-injector\.serviceAccountName" .* "component" "([-\w]+)"\) \}\}/g,
      'token-injector-$1',
    )
    .replaceAll(
      '{{- toYaml $names | nindent 6 }}',
      '[config.existingSecret.name, config.externalSecret, config.sealedSecret, config.apiToken, config.agents, policies, config.secretNames, config.deliveredSecretNames]',
    )
    .replaceAll(
      '{{- toYaml . | nindent 6 }}',
      '[config.existingSecret.name, config.externalSecret, config.sealedSecret, config.apiToken, policies, config.deliveredSecretNames]',
    )
    .replaceAll(/\{\{ \$?\.Release\.Namespace \}\}/g, 'token-injector')
    // Whatever else makes text stays, and fails below.
    .replaceAll(/^ *\{\{-? (?:if|else|end|range|with|\$[a-z]+ :=).*\}\}$\n/gm, '');
  expect(text).not.toContain('{{');
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Role)
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
}

function nameLine(_: string, indent: string, metadata: string): string {
  const suffix = /"suffix" (?:"([-a-z]+)"|\(printf "([-a-z]+-)%s" \.\))/.exec(metadata);
  const [, plain, prefix] = suffix ?? [];
  const ending = plain ?? (prefix === undefined ? undefined : `${prefix}POLICY`);
  const name = ending === undefined ? 'token-injector' : `token-injector-${ending}`;
  return `${indent}name: ${name}\n${indent}labels:`;
}

const linesOf = ({ kind, metadata, rules }: Role): string[] =>
  rules.flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.map((resource) => {
        const [plural, subresource] = resource.split('/');
        const path = subresource === undefined ? '' : `/${subresource}`;
        const full = group === '' ? resource : `${plural}.${group}${path}`;
        return `${kind} ${metadata.name}: ${full} [${resourceNames.join(' ')}] ${verbs.join(' ')}`;
      }),
    ),
  );

const roles = filesBelow('chart/templates', '.yaml').map(read).filter(hasRole).flatMap(rolesIn);

function hasRole(template: string): boolean {
  return /^kind: (Cluster)?Role$/m.test(template);
}

it('docs/rbac.md lists every rule of the chart, and no other', () => {
  expect(roles).toHaveLength(8);
  const headings = [...read(page).matchAll(/^## ((?:Cluster)?Role (?:[a-zA-Z-]+))$/gm)].map(
    ([, heading = '']) => heading,
  );
  const listed = headings.flatMap((heading) => {
    const [[, ...rows]] = tablesOf(section(page, `## ${heading}`)) as [string[][]];
    return rows.map(
      ([resource = '', names = '', verbs = '']) =>
        `${heading}: ${codeIn(resource)[0]} [${codeIn(names).join(' ')}] ${verbs.replaceAll(',', '')}`,
    );
  });
  expect(listed.toSorted()).toEqual(roles.flatMap(linesOf).toSorted());
});

it('docs/rbac.md gives a reason for each', () => {
  const rows = tablesOf(read(page))
    .filter(([head]) => head?.[0] === 'Resource')
    .flatMap((table) => table.slice(1));
  for (const [resource, , , when, why] of rows)
    expect(`${resource}: ${when} ${why}`).toMatch(/: \S.* .*[A-Z]/);
});

it('the chart binds its roles to its own accounts, and no role has a wildcard', () => {
  expect(roles.flatMap(linesOf).filter((line) => line.includes('*'))).toEqual([]);
  const bindings = filesBelow('chart/templates', '.yaml')
    .map(read)
    .join('\n')
    .match(/^kind: (?:Cluster)?RoleBinding$[\s\S]*?^subjects:\n(?: .*\n?)+/gm);
  expect(bindings).toHaveLength(7);
  for (const binding of bindings!) {
    expect(binding.match(/kind: ServiceAccount/g)).toHaveLength(1);
    expect(binding).toMatch(/namespace: \{\{ \$?\.Release\.Namespace \}\}/);
  }
});
