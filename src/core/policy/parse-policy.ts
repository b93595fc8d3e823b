import { isObject } from '../json.ts';
import { isDnsLabel } from '../kubernetes-names.ts';
import { checkSchema } from './check-schema.ts';
import { type Policy, compilePolicy } from './compile-policy.ts';
import { type PolicyDocument, policyProblems } from './policy-rules.ts';
import type { Problem } from './problem.ts';
import { tokenPolicySchema } from './schema.ts';
import {
  type JudgeUnknownField,
  refuseDecisiveField,
  refuseUnknownField,
} from './unknown-fields.ts';

/** A policy, or everything that is wrong with it. */
export type ParsedPolicy =
  | {
      readonly ok: true;
      readonly policy: Policy;
      /** Paths of the fields that were ignored because this version does not know them, each once. */
      readonly unknownFields: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Policies as they stand in the cluster, by name, also those that do not parse. */
export type PoliciesByName = ReadonlyMap<string, ParsedPolicy>;

/**
 * Reads a TokenPolicy object (plain JSON) strictly: unknown fields are problems, every problem has its path. A status
 * is the controller's; it is passed over, so that what kubectl prints can be read as it stands. The policy never
 * selects a pod of the excluded namespaces.
 */
export function parsePolicy(
  value: unknown,
  excludedNamespaces: readonly string[] = [],
): ParsedPolicy {
  return parse(value, excludedNamespaces, refuseUnknownField, []);
}

/**
 * Reads a TokenPolicy object of an API server, whose definition may be of a newer version and have filled in fields
 * that this one does not know: they are ignored where the policy means the same without.
 */
export function parseStoredPolicy(
  value: unknown,
  excludedNamespaces: readonly string[] = [],
): ParsedPolicy {
  const ignored = new Set<string>();
  return parse(
    value,
    excludedNamespaces,
    (field) => {
      const message = refuseDecisiveField(field);
      if (message === undefined) ignored.add(field.path.replaceAll(/\[\d+\]/g, '[]'));
      return message;
    },
    ignored,
  );
}

function parse(
  value: unknown,
  excludedNamespaces: readonly string[],
  judgeUnknownField: JudgeUnknownField,
  ignored: Iterable<string>,
): ParsedPolicy {
  const problems: Problem[] = [];
  const findings = { problems, judgeUnknownField };
  const checked = checkSchema(tokenPolicySchema, withoutStatus(value), '', findings);
  const document = checked as PolicyDocument;
  problems.push(...policyProblems(document, problems));
  return problems.length > 0
    ? { ok: false, problems: problems.map(nameTheRoot) }
    : {
        ok: true,
        policy: compilePolicy(document.metadata.name, document.spec, excludedNamespaces),
        unknownFields: [...ignored],
      };
}

/**
 * Says that a namespace limits nothing; undefined where the object has none. It is no problem: kustomize writes one into
 * every kind that it does not know to be cluster-scoped, and the API server takes it off without a word.
 */
export function namespaceWarning(value: unknown): Problem | undefined {
  const { namespace } = isObject(value) && isObject(value.metadata) ? value.metadata : {};
  if ((namespace ?? undefined) === undefined) return undefined;
  const names = typeof namespace === 'string' && isDnsLabel(namespace) ? namespace : 'NAMESPACE';
  return {
    path: 'metadata.namespace',
    message: `has no effect, a TokenPolicy is cluster-scoped: to limit the policy to that namespace set match.namespaces: [${names}]`,
  };
}

function withoutStatus(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { status: _, ...policy } = value;
  return policy;
}

function nameTheRoot({ path, message }: Problem): Problem {
  return { path: path === '' ? 'TokenPolicy' : path, message };
}
