import type { ParsedPolicy, PoliciesByName } from '../core/policy/parse-policy.ts';
import type { Log } from './log.ts';

const maxNames = 20;

/** Logs the names of policies that came, changed or went, and what is wrong with each or was ignored of it. */
export function logPolicyChanges(
  log: Log,
  changed: readonly string[],
  policies: PoliciesByName,
): void {
  const valid = [...policies.values()].filter(({ ok }) => ok).length;
  log.info({ changed: shorten(changed.toSorted()), policies: valid }, 'policies changed');
  const unknownFields = new Set<string>();
  const ignoring: string[] = [];
  for (const policy of changed) {
    const parsed = policies.get(policy);
    if (parsed?.ok === false) {
      const problems = parsed.problems.map(({ path, message }) => `${path}: ${message}`);
      log.error(
        { policy, problems: shorten(problems) },
        'policy not valid, requests about it fail',
      );
    } else if (parsed && hasUnknownFields(parsed)) {
      ignoring.push(policy);
      for (const field of parsed.unknownFields) unknownFields.add(field);
    }
  }
  // In one line: a newer definition fills the same fields into every policy.
  if (ignoring.length > 0)
    log.warn(
      { policies: shorten(ignoring.toSorted()), fields: shorten([...unknownFields]) },
      'policies have fields that this version does not know and ignores',
    );
}

/** Whether a policy is in force without some of its fields. */
export function hasUnknownFields(parsed: ParsedPolicy): boolean {
  return parsed.ok && parsed.unknownFields.length > 0;
}

/** As many lines as a person reads. */
export function shorten(lines: readonly string[]): readonly string[] {
  const more = lines.length - maxNames;
  return more <= 0 ? lines : [...lines.slice(0, maxNames), `and ${more} more`];
}
