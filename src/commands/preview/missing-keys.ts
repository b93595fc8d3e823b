import { type SecretFact, secretStates } from '../../core/explanation/secret-state.ts';
import { didYouMean } from '../../core/policy/did-you-mean.ts';
import type { TextPreview } from '../../manifests/preview-injection.ts';
import { readSecretKeys } from '../../manifests/read/secret-keys.ts';
import { printable } from '../printable.ts';
import { isLeftOut } from './unmet.ts';

type FilePreview = Pick<TextPreview, 'pods' | 'skipped'> & { readonly file: string };

interface FoundSecret {
  readonly place: string;
  readonly namespace: string;
  readonly name: string;
  readonly keys: readonly string[];
}

/** Lines about Secrets among the manifests that lack a key which a policy has a pod beside them refer to. */
export function missingKeyLines(previews: readonly FilePreview[], namespace: string): string[] {
  const secrets = previews.flatMap((preview) => secretsIn(preview, namespace));
  const lines = previews.flatMap(({ pods }) =>
    pods.flatMap((pod) => {
      const beside = secrets.filter((secret) => secret.namespace === pod.namespace);
      const facts = new Map(beside.map((secret): [string, SecretFact] => [secret.name, secret]));
      return pod.decisions
        .filter(({ decision }) => !isLeftOut(decision))
        .flatMap((judgement) =>
          secretStates(judgement, pod.namespace, facts).flatMap(({ name, missingKeys }) => {
            const secret = beside.findLast((one) => one.name === name);
            return secret
              ? missingKeys.map((key) => missingKeyText(secret, key, judgement.policy.name))
              : [];
          }),
        );
    }),
  );
  return [...new Set(lines)];
}

function secretsIn({ file, skipped }: FilePreview, otherwise: string): FoundSecret[] {
  return skipped.flatMap(({ line, object }) => {
    const secret = readSecretKeys(object);
    return secret ? [{ place: `${file}:${line}`, namespace: otherwise, ...secret }] : [];
  });
}

function missingKeyText(
  { place, namespace, name, keys }: FoundSecret,
  key: string,
  policy: string,
): string {
  const guess = didYouMean(key, keys);
  const similar = guess === undefined ? '' : `, it has ${guess}`;
  return printable(
    `${place}: Secret ${namespace}/${name} lacks the key ${key} of the policy ${policy}${similar}`,
  );
}
