import type { Operation } from '../../core/injection/operation.ts';
import { type Json, isObject, readList } from '../../core/json.ts';
import type { PolicySet } from '../../core/policy/policy-set.ts';
import { findPodTemplates } from '../read/pod-templates.ts';

const mask = '***';

/** What hides the values written out under the variables that any policy injects: a diff goes to build logs, a token must not. */
export function maskLiterals(object: unknown, { policies }: PolicySet): Operation[] {
  const names = new Set(policies.flatMap(({ env }) => env.map(({ lowerName }) => lowerName)));
  return findPodTemplates(object).flatMap(({ pod, pointer }) =>
    literalsOf(pod, names).map((path): Operation => ({
      op: 'replace',
      path: pointer + path,
      value: mask,
    })),
  );
}

/** Pointers to the values of the named variables, in every container of a pod of any form. */
function literalsOf({ spec }: Json, names: ReadonlySet<string>): string[] {
  if (!isObject(spec)) return [];
  return ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
    readList(spec[list]).flatMap((container, place) =>
      readList(isObject(container) ? container.env : undefined).flatMap((entry, index) =>
        isLiteral(entry, names) ? [`/spec/${list}/${place}/env/${index}/value`] : [],
      ),
    ),
  );
}

// An empty value gives nothing away.
function isLiteral(entry: unknown, names: ReadonlySet<string>): boolean {
  if (!isObject(entry) || typeof entry.name !== 'string') return false;
  return names.has(entry.name.toLowerCase()) && (entry.value ?? '') !== '';
}
