import type { KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { type Cache, type CachedObjects, byName } from '../manager/cache.ts';
import { type ObservedSecret, createSecretProjection } from './observed-secret.ts';

/** Secrets of certain names in every namespace. */
export interface ObservedSecrets {
  readonly watched: readonly CachedObjects[];
  /** Whether Secrets of that name have been read, and still may be. */
  mayRead(name: string): boolean;
  get(namespace: string, name: string): ObservedSecret | undefined;
  /** Those of one namespace. */
  in(namespace: string): readonly ObservedSecret[];
  items(): readonly ObservedSecret[];
  /** What is kept of a Secret that was read. */
  readonly project: (secret: KubeObject) => ObservedSecret;
}

/** Watches Secrets by their names; `digest` makes of a value what tells it from others, and not what it is. */
export function watchSecrets(
  cache: Cache,
  names: readonly string[],
  digest: (value: string) => string,
): ObservedSecrets {
  const project = createSecretProjection(digest);
  const byNames = new Map(
    names.map((name) => [name, cache.watch(resources.secrets, byName(name), project)]),
  );
  const get = (namespace: string, name: string) =>
    byNames.get(name)?.get(name, namespace) as ObservedSecret | undefined;
  return {
    project,
    watched: [...byNames.values()],
    mayRead: (name) => byNames.get(name)?.permitted ?? false,
    get,
    in: (namespace) => names.flatMap((name) => get(namespace, name) ?? []),
    items: () =>
      [...byNames.values()].flatMap((objects) => objects.items() as readonly ObservedSecret[]),
  };
}
