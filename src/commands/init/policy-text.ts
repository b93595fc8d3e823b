import { parse } from 'yaml';
import { parsePolicy } from '../../core/policy/parse-policy.ts';
import type { Policy } from '../../core/policy/compile-policy.ts';
import { UsageError } from '../usage-error.ts';

/** The policy that a text holds; throws UsageError where a name that the user chose is none. */
export function readPolicyText(text: string): Policy {
  const parsed = parsePolicy(parse(text));
  if (parsed.ok) return parsed.policy;
  throw new UsageError(
    parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'),
  );
}
