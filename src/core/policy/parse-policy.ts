import { checkSchema } from './check-schema.ts';
import { type Policy, compilePolicy } from './policy.ts';
import { policyProblems } from './policy-rules.ts';
import type { Problem } from './problem.ts';
import { type TokenPolicySpec, tokenPolicySchema } from './schema.ts';

/** A policy, or everything that is wrong with it. */
export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a TokenPolicy object (plain JSON) strictly: unknown fields are problems, every problem has its path. */
export function parsePolicy(value: unknown): ParsedPolicy {
  const problems: Problem[] = [];
  const checked = checkSchema(tokenPolicySchema, value, '', problems);
  if (problems.length > 0) return { ok: false, problems: problems.map(nameTheRoot) };
  const { metadata, spec } = checked as { metadata: { name: string }; spec: TokenPolicySpec };
  problems.push(...policyProblems(metadata.name, spec));
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, policy: compilePolicy(metadata.name, spec) };
}

function nameTheRoot({ path, message }: Problem): Problem {
  return { path: path === '' ? 'TokenPolicy' : path, message };
}
