import { isObject } from '../../core/json.ts';

/** A Secret of manifests without what it holds. */
export interface SecretKeys {
  readonly name: string;
  /** Absent where the manifest does not say it. */
  readonly namespace?: string;
  readonly keys: readonly string[];
}

/** The keys of a Secret; undefined where the object is none. */
export function readSecretKeys(object: unknown): SecretKeys | undefined {
  if (!isObject(object) || object.apiVersion !== 'v1' || object.kind !== 'Secret') return undefined;
  const { name, namespace } = isObject(object.metadata) ? object.metadata : {};
  if (typeof name !== 'string') return undefined;
  const keys = [object.data, object.stringData].flatMap((data) =>
    isObject(data) ? Object.keys(data) : [],
  );
  return { name, ...(typeof namespace === 'string' ? { namespace } : {}), keys };
}
