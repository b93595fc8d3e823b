import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parsePolicy } from '../core/policy/parse-policy.ts';
import type { Policy } from '../core/policy/policy.ts';
import { type PolicySet, policySet } from '../core/policy/policy-set.ts';
import { readDocuments } from '../manifests/read/documents.ts';
import { fieldLine } from '../manifests/read/field-line.ts';
import { unreadable } from '../runtime/unreadable.ts';

/** Policies cannot be used; the message lists every problem, a line each, with its file and line. */
class BadPolicies extends Error {
  override readonly name = 'BadPolicies';
}

/**
 * Reads every TokenPolicy of a file or folder, which select nothing in the excluded namespaces; throws BadPolicies where
 * any is wrong or none is there.
 */
export async function readPolicyFiles(
  path: string,
  excludedNamespaces: readonly string[] = [],
): Promise<PolicySet> {
  const files = await listPolicyFiles(path);
  const problems: string[] = [];
  const policies: Policy[] = [];
  const origin = new Map<string, string>();
  for (const file of files) {
    const text = await orBadPolicies(file, () => readFile(file, 'utf8'));
    const { documents, problems: broken } = readDocuments(text);
    problems.push(...broken.map(({ line, message }) => `${file}:${line}: ${message}`));
    for (const document of documents) {
      const tell = (field: string, message: string) =>
        problems.push(`${file}:${fieldLine(text, document, field)}: ${field}: ${message}`);
      const parsed = parsePolicy(document.object, excludedNamespaces);
      if (!parsed.ok) {
        for (const { path: field, message } of parsed.problems) tell(field, message);
        continue;
      }
      const { name } = parsed.policy;
      if (origin.has(name))
        tell('metadata.name', `"${name}" is there already, at ${origin.get(name)}`);
      origin.set(name, `${file}:${document.line}`);
      policies.push(parsed.policy);
    }
  }
  if (problems.length > 0) throw new BadPolicies(problems.join('\n'));
  if (policies.length === 0)
    throw new BadPolicies(`${path}: no TokenPolicy found; want YAML or JSON files that hold some`);
  return policySet(policies);
}

/** The files that policies are read from: the path itself, or the YAML and JSON files of the folder, sorted. */
export async function listPolicyFiles(path: string): Promise<string[]> {
  const found = await orBadPolicies(path, () => stat(path));
  if (!found.isDirectory()) return [path];
  // Entries with a dot in front are how a mounted ConfigMap keeps its versions.
  const entries = (await orBadPolicies(path, () => readdir(path))).filter(
    (entry) => /\.(ya?ml|json)$/.test(entry) && !entry.startsWith('.'),
  );
  return entries.toSorted().map((entry) => join(path, entry));
}

async function orBadPolicies<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new BadPolicies(unreadable(path, error));
  }
}
