import type { Delivery } from '../../core/delivery/delivery.ts';
import { isObject } from '../../core/json.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';
import { resources } from '../../kube/client/resources.ts';
import { type Cache, type CachedObjects, byName } from '../manager/cache.ts';
import { type Source, createSignal } from '../manager/source.ts';

/** Which Secrets are delivered: an ExternalSecret may make one of another name. */
export interface HomeSecrets extends Source {
  /** The name of the Secret; undefined while the ExternalSecret has not been looked at. */
  readonly homeName: (delivery: Delivery) => string | undefined;
}

interface Followed {
  readonly objects: CachedObjects;
  tried: boolean;
}

/** Follows the ExternalSecrets that policies deliver from, from when they are first asked about. */
export function followHomeSecrets(cache: Cache): HomeSecrets {
  const { subscribe, notify } = createSignal();
  const followed = new Map<string, Followed>();

  function follow(namespace: string, name: string): Followed {
    const key = `${namespace}/${name}`;
    const known = followed.get(key);
    if (known) return known;
    const selection = { namespace, ...byName(name) };
    const objects = cache.watch(resources.externalSecrets, selection, targetOnly);
    const next: Followed = { objects, tried: false };
    objects.subscribe(() => notify());
    void objects.whenTried.then(() => {
      next.tried = true;
      notify();
    });
    followed.set(key, next);
    return next;
  }

  return {
    subscribe,
    homeName({ source: { kind, namespace, name } }) {
      if (kind !== 'ExternalSecret') return name;
      const { objects, tried } = follow(namespace, name);
      const target = objects.get(name, namespace)?.['target'];
      // Where External Secrets Operator is missing, or we may not look, it is most likely its own.
      return typeof target === 'string' ? target : tried ? name : undefined;
    },
  };
}

/** Of an ExternalSecret, the name of its Secret where that has another. */
function targetOnly({ metadata, spec }: KubeObject): KubeObject {
  const target = isObject(spec) && isObject(spec['target']) ? spec['target']['name'] : undefined;
  return { metadata: identityMetadata(metadata), ...(typeof target === 'string' && { target }) };
}
