import { reservedPolicyNames } from '../identity.ts';
import { celList } from '../cel.ts';
import { injectRules } from './inject-rules.ts';
import { systemNamespaces } from './match.ts';
import { hasPositiveRequirement, hasPositiveRequirementCel } from './positive-requirement.ts';
import type { Problem } from './problem.ts';
import { type Rule, fieldRule, listRule, problemsOf } from './rule.ts';
import type { TokenPolicySpec } from './schema.ts';
import { secretRules } from './secret-rules.ts';
import { selectorRules } from './selector-rules.ts';

/** A TokenPolicy with its defaults filled in. */
export interface PolicyDocument {
  readonly metadata: { readonly name: string };
  readonly spec: TokenPolicySpec;
}

/** Every rule beyond the schema, in the order in which its problems are told. */
export const policyRules: readonly Rule[] = [
  fieldRule<PolicyDocument>({
    // A schema of the API server may say nothing about metadata, so the rule looks from outside.
    at: '',
    needs: ['metadata.name'],
    field: '.metadata.name',
    message: `must not be ${reservedPolicyNames.join(', ')}: these are reserved`,
    holds: ({ metadata }) => !reservedPolicyNames.includes(metadata.name),
    cel: `!(self.metadata.name in ${celList(reservedPolicyNames)})`,
  }),
  listRule<TokenPolicySpec>({
    // The API server asks a rule of spec.match about its default, in which systemNamespaces is not filled in.
    at: 'spec',
    needs: ['spec.match.namespaces', 'spec.match.systemNamespaces'],
    subject: 'every name in match.namespaces',
    message: `must not be ${systemNamespaces.join(' or ')} without match.systemNamespaces: true: set that, or remove the name`,
    broken: ({ match }) =>
      match.namespaces.flatMap((name, index) =>
        match.systemNamespaces || !systemNamespaces.includes(name)
          ? []
          : [`.match.namespaces[${index}]`],
      ),
    cel: `self.match.systemNamespaces || !self.match.namespaces.exists(name, name in ${celList(systemNamespaces)})`,
  }),
  ...selectorRules('spec.match.namespaceSelector'),
  ...selectorRules('spec.match.podSelector'),
  ...secretRules,
  ...injectRules,
  fieldRule<TokenPolicySpec>({
    at: 'spec',
    needs: [
      'spec.match.podSelector',
      'spec.match.namespaces',
      'spec.match.namespaceSelector',
      'spec.match.annotation',
      'spec.enforce',
    ],
    field: '.enforce.missingToken',
    message:
      'must not be Deny for a policy that no label is required for: set match.namespaces, set a label in match.podSelector or match.namespaceSelector by matchLabels, In, or Exists of one that Kubernetes does not set itself, or set match.annotation: Required',
    holds: ({ match, enforce }) =>
      enforce.missingToken !== 'Deny' ||
      match.annotation === 'Required' ||
      match.namespaces.length > 0 ||
      hasPositiveRequirement(match.podSelector) ||
      hasPositiveRequirement(match.namespaceSelector),
    cel: [
      "self.enforce.missingToken != 'Deny'",
      "self.match.annotation == 'Required'",
      'self.match.namespaces.size() > 0',
      hasPositiveRequirementCel('self.match.podSelector'),
      hasPositiveRequirementCel('self.match.namespaceSelector'),
    ].join(' || '),
  }),
];

/**
 * What a policy gets wrong beyond its schema. Each rule looks at the parts that satisfy the schema, so that all
 * problems are told at once.
 */
export function policyProblems(document: PolicyDocument, ofSchema: readonly Problem[]): Problem[] {
  const isSound = (path: string) =>
    !ofSchema.some((problem) => isWithin(problem.path, path) || isWithin(path, problem.path));
  return policyRules.flatMap((rule) => problemsOf(rule, document, isSound));
}

function isWithin(path: string, outer: string): boolean {
  return (
    path === outer || outer === '' || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)
  );
}
