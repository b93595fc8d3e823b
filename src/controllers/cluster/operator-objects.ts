import {
  type OperatorKind,
  type OperatorSource,
  type SourceState,
  operatorState,
} from '../../core/status/secret-source.ts';
import { isObject } from '../../core/json.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';
import { type Cache, type CachedObjects, byName } from '../manager/cache.ts';
import { type Source, createSignal } from '../manager/source.ts';

/** The objects that operators make Secrets from, as far as policies name them. */
export interface OperatorObjects extends Source {
  /** Watches the objects of that name, and says whether that was tried already. */
  follow(source: Pick<OperatorSource, 'kind' | 'name'>): boolean;
  state(kind: OperatorKind, namespace: string, name: string): SourceState;
  /** The name that an object gives its Secret; undefined where it gives none, or is not known. */
  secretName(kind: OperatorKind, namespace: string, name: string): string | undefined;
}

interface ObservedOperatorObject extends KubeObject {
  readonly state: SourceState;
  readonly secretName: string | undefined;
}

const resourceOf = {
  ExternalSecret: resources.externalSecrets,
  SealedSecret: resources.sealedSecrets,
} as const;

/** Watches nothing yet. */
export function followOperatorObjects(cache: Cache): OperatorObjects {
  const { subscribe, notify } = createSignal();
  const followed = new Map<string, { readonly objects: CachedObjects; tried: boolean }>();
  const keyOf = (kind: OperatorKind, name: string) => `${kind}/${name}`;

  function start({ kind, name }: Pick<OperatorSource, 'kind' | 'name'>) {
    const project = ({ metadata, spec, status }: KubeObject): ObservedOperatorObject => ({
      metadata: identityMetadata(metadata),
      state: operatorState(kind, status),
      secretName: targetName(spec),
    });
    const objects = cache.watch(resourceOf[kind], byName(name), project);
    const next = { objects, tried: false };
    objects.subscribe(notify);
    void objects.whenTried.then(() => {
      next.tried = true;
      notify();
    });
    followed.set(keyOf(kind, name), next);
    return next;
  }

  function find(kind: OperatorKind, namespace: string, name: string) {
    const objects = followed.get(keyOf(kind, name))?.objects;
    return objects?.get(name, namespace) as ObservedOperatorObject | undefined;
  }

  return {
    subscribe,
    follow: (source) => (followed.get(keyOf(source.kind, source.name)) ?? start(source)).tried,
    state(kind, namespace, name) {
      const objects = followed.get(keyOf(kind, name))?.objects;
      if (objects?.notServed) return { state: 'not-served' };
      if (!objects?.permitted) return { state: 'not-permitted' };
      return find(kind, namespace, name)?.state ?? { state: 'missing' };
    },
    secretName: (kind, namespace, name) => find(kind, namespace, name)?.secretName,
  };
}

/** Only an ExternalSecret has such a field. */
function targetName(spec: unknown): string | undefined {
  const name = isObject(spec) && isObject(spec['target']) ? spec['target']['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}
