import { isObject } from '../../core/json.ts';
import type { SecretView } from '../../core/status/secret-presence.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';
import { resources } from '../../kube/client/resources.ts';
import { type Cache, type CachedObjects, byName } from '../manager/cache.ts';
import type { LivePods } from '../cluster/live-pods.ts';

/** Secrets of certain names in every namespace; the names of their keys are kept, and never a value. */
export interface TokenSecrets {
  readonly watched: readonly CachedObjects[];
  /** Whether Secrets of that name have been read, and still may be. */
  mayRead(name: string): boolean;
  /** The names of the Secret's keys; undefined where there is no such Secret. */
  keys(namespace: string, name: string): readonly string[] | undefined;
}

/** Watches Secrets by their names. */
export function watchTokenSecrets(cache: Cache, names: readonly string[]): TokenSecrets {
  const secrets = new Map(
    names.map((name) => [name, cache.watch(resources.secrets, byName(name), keysOnly)]),
  );
  return {
    watched: [...secrets.values()],
    mayRead: (name) => secrets.get(name)?.permitted ?? false,
    keys(namespace, name) {
      const secret = secrets.get(name)?.get(name, namespace);
      return secret && Object.keys(isObject(secret['data']) ? secret['data'] : {});
    },
  };
}

/** What is known of the Secrets and of the pods that need them. */
export function secretView(secrets: TokenSecrets, pods: LivePods): SecretView {
  return {
    ...pods,
    knowsPods: pods.known,
    mayRead: (name) => secrets.mayRead(name),
    keys: (namespace, name) => secrets.keys(namespace, name),
  };
}

function keysOnly({ metadata, data }: KubeObject): KubeObject {
  const keys = Object.keys(isObject(data) ? data : {});
  return {
    metadata: identityMetadata(metadata),
    data: Object.fromEntries(keys.map((key) => [key, ''])),
  };
}
