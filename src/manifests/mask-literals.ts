import type { Operation } from '../core/injection/operation.ts';
import type { PolicySet } from '../core/policy/policy-set.ts';
import { readDocuments } from './documents.ts';
import { editText } from './edit-text.ts';
import { findPodTemplates } from './pod-templates.ts';

const mask = '***';

/** Hides the values written out under the variables that any policy injects: a diff goes to build logs, a token must not. */
export function maskLiterals(text: string, { policies }: PolicySet): string {
  const names = new Set(policies.flatMap(({ env }) => env.map(({ lowerName }) => lowerName)));
  let masked = text;
  for (const document of readDocuments(text).documents.toReversed()) {
    const operations = findPodTemplates(document.object).flatMap(({ pod, pointer }) =>
      literalsOf(pod, names).map((path): Operation => ({
        op: 'replace',
        path: pointer + path,
        value: mask,
      })),
    );
    if (operations.length > 0) masked = editText(masked, document, operations);
  }
  return masked;
}

/** Pointers to the values of the named variables, in every container of a pod of any form. */
function literalsOf(pod: unknown, names: ReadonlySet<string>): string[] {
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    entriesOf(memberOf(memberOf(pod, 'spec'), list)).flatMap(([container, object]) =>
      entriesOf(memberOf(object, 'env'))
        .filter(([, entry]) => {
          const [name, value] = [memberOf(entry, 'name'), memberOf(entry, 'value')];
          // An empty value gives nothing away.
          return (
            typeof name === 'string' &&
            names.has(name.toLowerCase()) &&
            value !== undefined &&
            value !== null &&
            value !== ''
          );
        })
        .map(([index]) => `/spec/${list}/${container}/env/${index}/value`),
    ),
  );
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function entriesOf(value: unknown): [number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : [];
}
