import { isObject } from '../json.ts';
import { checkSchema } from './check-schema.ts';
import { type Policy, compilePolicy } from './policy.ts';
import { type PolicyDocument, policyProblems } from './policy-rules.ts';
import type { Problem } from './problem.ts';
import { tokenPolicySchema } from './schema.ts';

/** A policy, or everything that is wrong with it. */
export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a TokenPolicy object (plain JSON) strictly: unknown fields are problems, every problem has its path. A status
 * is the controller's; it is passed over, so that what kubectl prints can be read as it stands.
 */
export function parsePolicy(value: unknown): ParsedPolicy {
  const problems: Problem[] = [];
  const checked = checkSchema(tokenPolicySchema, withoutStatus(value), '', problems);
  const document = checked as PolicyDocument;
  problems.push(...policyProblems(document, problems));
  return problems.length > 0
    ? { ok: false, problems: problems.map(nameTheRoot) }
    : { ok: true, policy: compilePolicy(document.metadata.name, document.spec) };
}

function withoutStatus(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { status: _, ...policy } = value;
  return policy;
}

function nameTheRoot({ path, message }: Problem): Problem {
  return { path: path === '' ? 'TokenPolicy' : path, message };
}
