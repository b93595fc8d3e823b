import {
  type OperatorKind,
  type OperatorSource,
  type SourceState,
  operatorState,
} from '../../core/status/secret-source.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';
import { type Cache, type CachedObjects, byName } from '../manager/cache.ts';
import { type Source, createSignal } from '../manager/source.ts';

/** The objects that operators make Secrets from, as far as policies name them. */
export interface SecretSources extends Source {
  /** Watches the objects of that name, and says whether that was tried already. */
  follow(source: OperatorSource): boolean;
  state(kind: OperatorKind, namespace: string, name: string): SourceState;
}

interface ObservedSource extends KubeObject {
  readonly state: SourceState;
}

const resourceOf = {
  ExternalSecret: resources.externalSecrets,
  SealedSecret: resources.sealedSecrets,
} as const;

/** Watches nothing yet. */
export function followSecretSources(cache: Cache): SecretSources {
  const { subscribe, notify } = createSignal();
  const followed = new Map<string, { readonly objects: CachedObjects; tried: boolean }>();

  function start({ kind, name }: OperatorSource) {
    const project = ({ metadata, status }: KubeObject): ObservedSource => ({
      metadata: identityMetadata(metadata),
      state: operatorState(kind, status),
    });
    const objects = cache.watch(resourceOf[kind], byName(name), project);
    const next = { objects, tried: false };
    objects.subscribe(notify);
    void objects.whenTried.then(() => {
      next.tried = true;
      notify();
    });
    followed.set(`${kind}/${name}`, next);
    return next;
  }

  return {
    subscribe,
    follow: (source) => (followed.get(`${source.kind}/${source.name}`) ?? start(source)).tried,
    state(kind, namespace, name) {
      const objects = followed.get(`${kind}/${name}`)?.objects;
      if (objects?.notServed) return { state: 'not-served' };
      if (!objects?.permitted) return { state: 'not-permitted' };
      const found = objects.get(name, namespace) as ObservedSource | undefined;
      return found?.state ?? { state: 'missing' };
    },
  };
}
