import type { Decision, SecretReference } from '../injection/decision.ts';
import { keptSecretText } from '../status/kept-secret.ts';
import type { SecretFact } from './secret-state.ts';

/** What a pod refers to in place of what a policy wants, and whether that is there. */
export interface KeptSecret extends SecretReference {
  /** For people; may change. */
  readonly sentence: string;
}

/** The references of a pod that a policy keeps, each once. */
export function keptReferences({ outcomes }: Pick<Decision, 'outcomes'>): SecretReference[] {
  const kept = outcomes.flatMap(({ refersTo }) => refersTo ?? []);
  return [...new Map(kept.map((one) => [`${one.secret}/${one.key}`, one])).values()];
}

/** Says of each kept reference whether its Secret and key are there, as far as Secrets are known. */
export function keptSecrets(
  decision: Decision,
  namespace: string,
  secrets: ReadonlyMap<string, SecretFact>,
): KeptSecret[] {
  return keptReferences(decision).flatMap((reference) => {
    const fact = secrets.get(reference.secret) ?? 'unknown';
    if (fact === 'unknown') return [];
    const keys = fact === 'missing' ? undefined : fact.keys;
    return [{ ...reference, sentence: keptSecretText(reference, namespace, keys) }];
  });
}
