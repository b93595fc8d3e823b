import type { NeedlessTokens } from './needless-tokens.ts';
import { isTokenName } from './token-names.ts';
import type { Manifests } from './workloads.ts';

/** What manifests give away of tokens, a sentence each; says where, and never the value. */
export function writtenNotes(
  { workloads, made }: Manifests,
  { isMadeUp }: NeedlessTokens,
): string[] {
  const literals = workloads.flatMap(({ kind, name, uses }) =>
    uses
      .filter(({ isWritten }) => isWritten)
      .map(({ container, variable }) => `${kind} ${name}: ${variable} in ${container}`),
  );
  const uses = workloads.flatMap((workload) => workload.uses);
  const mounted = workloads.flatMap(({ mounts }) => mounts.map(({ secret }) => secret));
  const values = made.flatMap(({ kind, name, tokens }) =>
    tokens
      .filter(
        (key) =>
          !isMadeUp(name, key) &&
          (isTokenName(key) ||
            (kind === 'Secret' && mounted.includes(name)) ||
            uses.some((use) => use.secret === name && use.key === key)),
      )
      .map((key) => `${kind} ${name}: ${key}`),
  );
  return [...new Set([...literals, ...values])].map(
    (place) =>
      `${place} is written out in the manifests: remove the value and, if it is a token, revoke it`,
  );
}
