import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { InjectionContext } from '../src/core/injection/decide-injection.ts';
import type { StringMap } from '../src/core/policy/label-selector.ts';
import { parsePolicy } from '../src/core/policy/parse-policy.ts';
import type { Policy } from '../src/core/policy/compile-policy.ts';
import { type PolicySet, policySet } from '../src/core/policy/policy-set.ts';

/** The namespace that token-injector runs in, for all tests. */
export const ownNamespace = 'token-injector';

/** One behaviour, shown by a folder of `test/cases`: policies.yaml and pod.yaml go in, expected.yaml and expected.diff come out. */
export interface Case {
  readonly name: string;
  readonly folder: string;
  readonly title: string;
  readonly set: PolicySet;
  readonly pod: unknown;
  readonly podText: string;
  readonly namespace: string;
  readonly namespaceLabels: StringMap;
  readonly facts: InjectionContext;
  /** Why a real API server never lets this pod through as it is, where that is so. */
  readonly apiServer?: string;
}

/** Reads every case folder. */
export function readCases(): Case[] {
  const root = join(import.meta.dirname, 'cases');
  return readdirSync(root)
    .toSorted()
    .map((name) => readCase(join(root, name), name));
}

function readCase(folder: string, name: string): Case {
  const text = (file: string) => readFileSync(join(folder, file), 'utf8');
  const described = parse(text('case.yaml')) as {
    title: string;
    namespace?: string;
    namespaceLabels?: StringMap;
    excludedNamespaces?: readonly string[];
    subResource?: 'ephemeralcontainers';
    apiServer?: string;
  };
  const set = policySet(
    parseAllDocuments(text('policies.yaml')).map((document) =>
      readPolicy(document.toJS(), described.excludedNamespaces),
    ),
  );
  const namespace = described.namespace ?? 'agents';
  const namespaceLabels = {
    ...described.namespaceLabels,
    'kubernetes.io/metadata.name': namespace,
  };
  const oldPod = existsSync(join(folder, 'old-pod.yaml')) ? parse(text('old-pod.yaml')) : undefined;
  return {
    name,
    folder,
    title: described.title,
    set,
    pod: parse(text('pod.yaml')),
    podText: text('pod.yaml'),
    namespace,
    namespaceLabels,
    facts: {
      namespace,
      namespaceLabels,
      ownNamespace,
      set,
      ...(described.subResource ? { ephemeral: { oldPod } } : {}),
    },
    ...(described.apiServer ? { apiServer: described.apiServer } : {}),
  };
}

/** Parses a policy that a test knows to be good. */
export function readPolicy(object: unknown, excludedNamespaces?: readonly string[]): Policy {
  const parsed = parsePolicy(object, excludedNamespaces);
  if (!parsed.ok)
    throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return parsed.policy;
}
