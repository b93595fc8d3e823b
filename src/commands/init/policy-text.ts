import { parsePolicy } from '../../core/policy/parse-policy.ts';
import type { Policy } from '../../core/policy/compile-policy.ts';
import { readDocuments } from '../../manifests/read/documents.ts';
import { UsageError } from '../usage-error.ts';

/** The policy that a text holds; throws UsageError where a name that the user chose is none. */
export function readPolicyText(text: string): Policy {
  const parsed = parsePolicy(readDocuments(text).documents[0]?.object);
  if (parsed.ok) return parsed.policy;
  throw new UsageError(
    parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'),
  );
}
