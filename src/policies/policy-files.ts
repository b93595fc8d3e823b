import { group, tokenPolicyKind } from '../core/identity.ts';
import { isObject } from '../core/json.ts';
import { namespaceWarning, parsePolicy } from '../core/policy/parse-policy.ts';
import type { Policy } from '../core/policy/compile-policy.ts';
import { type PolicySet, policySet } from '../core/policy/policy-set.ts';
import { type ManifestDocument, readDocuments } from '../manifests/read/documents.ts';
import { fieldLine } from '../manifests/read/field-line.ts';
import { kindText, listedObjects } from '../manifests/read/listed-objects.ts';
import { isKustomization, kustomizationHint, sourceHint } from '../manifests/read/source-hint.ts';
import { readManifestFiles } from '../runtime/manifest-files.ts';

/** What is wrong in a file of policies. */
export interface PolicyProblem {
  readonly file: string;
  /** From 1; absent where the file cannot be read. */
  readonly line?: number;
  /** The path of the field, such as `spec.inject.env[0].name`; absent where the document cannot be read. */
  readonly field?: string;
  readonly message: string;
}

/** The policies of some files, and everything that is wrong there, by file and line. */
export interface ReadPolicies {
  readonly policies: readonly Policy[];
  readonly problems: readonly PolicyProblem[];
  /** What has no effect there. */
  readonly warnings: readonly PolicyProblem[];
  /** The kinds of the objects that are no TokenPolicies. */
  readonly skipped: readonly string[];
  /** The paths at which there is nothing of a policy. */
  readonly empty: readonly string[];
}

/** Policies cannot be used; the message lists every problem, a line each, with its file and line. */
class BadPolicies extends Error {
  override readonly name = 'BadPolicies';
}

/**
 * Reads every TokenPolicy of files, folders and standard input (`-`), which select nothing in the excluded namespaces;
 * objects of other groups are skipped.
 */
export async function readPolicies(
  paths: readonly string[],
  excludedNamespaces: readonly string[] = [],
): Promise<ReadPolicies> {
  const reader = createFileReader(excludedNamespaces);
  const { policies, problems, warnings, skipped } = reader;
  const empty: string[] = [];
  for (const path of paths) {
    const before = policies.length + problems.length;
    for await (const read of readManifestFiles([path])) {
      if ('text' in read) reader.read(read.file, read.text);
      else problems.push({ file: read.file, message: read.problem });
    }
    if (policies.length + problems.length === before) empty.push(path);
  }
  return { policies, problems, warnings, skipped, empty };
}

function createFileReader(excludedNamespaces: readonly string[]) {
  const policies: Policy[] = [];
  const problems: PolicyProblem[] = [];
  const warnings: PolicyProblem[] = [];
  const skipped: string[] = [];
  const places = new Map<string, () => string>();
  const read = (file: string, text: string): void => {
    const { documents, problems: broken } = readDocuments(text);
    const found = broken.map(({ line, message }): PlacedProblem => ({ file, line, message }));
    for (const { object, lineOf } of placedObjects(text, documents)) {
      if (isOther(object, file)) {
        skipped.push(kindText(object));
        continue;
      }
      const tell = (field: string, message: string) =>
        found.push({ file, line: lineOf(field), field, message });
      const hint = sourceHint(file, object);
      if (hint !== undefined) {
        found.push({ file, line: lineOf(''), message: hint });
        continue;
      }
      const parsed = parsePolicy(object, excludedNamespaces);
      if (!parsed.ok) {
        for (const { path, message } of parsed.problems) tell(path, message);
        continue;
      }
      const { name } = parsed.policy;
      const place = places.get(name);
      if (place) {
        tell('metadata.name', `"${name}" is there already, at ${place()}`);
        continue;
      }
      places.set(name, () => `${file}:${lineOf('')}`);
      policies.push(parsed.policy);
      const warning = namespaceWarning(object);
      if (warning) {
        const { path, message } = warning;
        warnings.push({ file, line: lineOf(path), field: path, message });
      }
    }
    problems.push(...found.toSorted((a, b) => a.line - b.line));
  };
  return { policies, problems, warnings, skipped, read };
}

/** The same for programs that can do nothing with less than all: throws BadPolicies where any is wrong or a path has none. */
export async function readPolicyFiles(
  paths: readonly string[],
  excludedNamespaces: readonly string[] = [],
): Promise<Pick<ReadPolicies, 'warnings' | 'skipped'> & { readonly set: PolicySet }> {
  const { policies, problems, warnings, skipped, empty } = await readPolicies(
    paths,
    excludedNamespaces,
  );
  const lines = [...problems.map(problemText), ...empty.map(noPolicies)];
  if (lines.length > 0) throw new BadPolicies(lines.join('\n'));
  return { set: policySet(policies), warnings, skipped };
}

/** A problem as a line for people. */
export function problemText({ file, line, field, message }: PolicyProblem): string {
  return [line === undefined ? file : `${file}:${line}`, field, message]
    .filter((part) => part !== undefined)
    .join(': ');
}

/** Says that there are no policies at a path. */
export function noPolicies(path: string): string {
  const hint = isKustomization(path, undefined)
    ? kustomizationHint
    : 'want YAML or JSON files that hold some';
  return `${path}: no TokenPolicy found; ${hint}`;
}

type PlacedProblem = PolicyProblem & { readonly line: number };

interface PlacedObject {
  readonly object: unknown;
  /** The line of a field of the object, from 1. */
  readonly lineOf: (field: string) => number;
}

function* placedObjects(
  text: string,
  documents: readonly ManifestDocument[],
): Generator<PlacedObject> {
  for (const document of documents) {
    for (const { object, pointer } of listedObjects(document.object)) {
      const place = pointer.replaceAll(/\/items\/(\d+)/g, '.items[$1]');
      const lineOf = (field: string) =>
        pointer === '' && field === ''
          ? document.line
          : fieldLine(text, document, `${place}.${field}`);
      yield { object, lineOf };
    }
  }
}

/** Whether an object is of another group, on purpose. */
function isOther(object: unknown, file: string): boolean {
  if (!isObject(object)) return false;
  if (isKustomization(file, object)) return true;
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false;
  return kind !== tokenPolicyKind && !apiVersion.startsWith(`${group}/`);
}
