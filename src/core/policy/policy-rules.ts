import { isForbiddenEnvName } from './forbidden-env.ts';
import { selectorProblems, selectsEverything } from './label-selector.ts';
import type { Problem } from './problem.ts';
import type { TokenPolicySpec } from './schema.ts';

// `true` and `false` would be read as such in the annotation; `probe` is the name of our own webhook entry.
const reservedNames = ['probe', 'true', 'false'];

/** A TokenPolicy with its defaults filled in. */
export interface PolicyDocument {
  readonly metadata: { readonly name: string };
  readonly spec: TokenPolicySpec;
}

/**
 * What a policy can get wrong beyond its schema. Each rule looks at the parts that satisfy the schema, so that all
 * problems are told at once.
 */
export function policyProblems(document: PolicyDocument, ofSchema: readonly Problem[]): Problem[] {
  const isSound = (path: string) =>
    !ofSchema.some((problem) => isWithin(problem.path, path) || isWithin(path, problem.path));
  return rules.filter(({ needs }) => needs.every(isSound)).flatMap(({ find }) => find(document));
}

function isWithin(path: string, outer: string): boolean {
  return (
    path === outer || outer === '' || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)
  );
}

interface Rule {
  /** Parts that must satisfy the schema for the rule to make sense of them. */
  readonly needs: readonly string[];
  readonly find: (document: PolicyDocument) => Problem[];
}

const rules: readonly Rule[] = [
  { needs: ['metadata.name'], find: ({ metadata }) => nameProblems(metadata.name) },
  ...(['namespaceSelector', 'podSelector'] as const).map((name) => ({
    needs: [`spec.match.${name}`],
    find: ({ spec }: PolicyDocument) => selectorProblems(spec.match[name], `spec.match.${name}`),
  })),
  {
    needs: ['spec.inject.env', 'spec.inject.files'],
    find: ({ spec }) => injectProblems(spec.inject),
  },
  { needs: ['spec.inject.env'], find: ({ spec }) => envProblems(spec.inject.env) },
  { needs: ['spec.inject.files'], find: ({ spec }) => fileProblems(spec.inject.files) },
  {
    needs: ['spec.match', 'spec.missed'],
    find: ({ spec }) => refusalProblems(spec),
  },
];

function nameProblems(name: string): Problem[] {
  if (!reservedNames.includes(name)) return [];
  return [
    {
      path: 'metadata.name',
      message: `must not be ${reservedNames.join(', ')}: these are reserved`,
    },
  ];
}

function injectProblems({ env, files }: TokenPolicySpec['inject']): Problem[] {
  return env.length + files.length === 0
    ? [{ path: 'spec.inject', message: 'must have at least one entry in env or files' }]
    : [];
}

function envProblems(env: TokenPolicySpec['inject']['env']): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [index, { name }] of env.entries()) {
    const path = `spec.inject.env[${index}].name`;
    if (isForbiddenEnvName(name)) {
      problems.push({
        path,
        message: 'must not be a variable that loads code or changes how programs start',
      });
    }
    if (seen.has(name.toLowerCase()))
      problems.push({ path, message: 'is there twice (case does not count)' });
    seen.add(name.toLowerCase());
  }
  return problems;
}

function fileProblems(files: TokenPolicySpec['inject']['files']): Problem[] {
  const problems: Problem[] = [];
  for (const [index, { mountPath, items }] of files.entries()) {
    const at = `spec.inject.files[${index}]`;
    if (hasDots(mountPath))
      problems.push({ path: `${at}.mountPath`, message: 'must not have "." or ".." as a part' });
    const seen = new Set<string>();
    for (const [item, { path }] of items.entries()) {
      const where = `${at}.items[${item}].path`;
      if (hasDots(path) || path.startsWith('..'))
        problems.push({
          path: where,
          message: 'must not start with ".." or have "." or ".." as a part',
        });
      if (seen.has(path)) problems.push({ path: where, message: 'is there twice' });
      if (items.some((other) => other.path.startsWith(`${path}/`))) {
        problems.push({ path: where, message: 'is a file and also the folder of another item' });
      }
      seen.add(path);
    }
  }
  return problems;
}

function hasDots(path: string): boolean {
  return path.split('/').some((part) => part === '.' || part === '..');
}

function refusalProblems({ match, missed }: TokenPolicySpec): Problem[] {
  const everyPod =
    selectsEverything(match.podSelector) && selectsEverything(match.namespaceSelector);
  return missed.atAdmission === 'Refuse' && everyPod && match.annotation !== 'Required'
    ? [
        {
          path: 'spec.missed.atAdmission',
          message:
            'must not be Refuse for every pod of every namespace: set match.podSelector or match.namespaceSelector, or match.annotation: Required',
        },
      ]
    : [];
}
