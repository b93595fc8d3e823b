import { configurationName, entryName, probeName } from '../../core/identity.ts';
import { isObject, readList } from '../../core/json.ts';
import { decodeCaBundle } from '../../core/registration/ca-bundle.ts';
import { splitBundle } from '../../certificates/certificate.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { type Cache, type CachedObjects, byName } from '../manager/cache.ts';
import { otherRelease } from '../ownership/other-owner.ts';
import type { OwnerRoles } from '../ownership/owner-roles.ts';

/** The MutatingWebhookConfiguration as the API server has it. */
export interface RegisteredConfiguration extends Pick<CachedObjects, 'subscribe' | 'whenSynced'> {
  object(): KubeObject | undefined;
  /** The ClusterRole of another release that owns it, if one does. */
  otherRelease(): string | undefined;
  /** The CA certificates, each PEM, that the API server trusts; none where the configuration is not ours. */
  cas(): readonly string[];
}

/** Watches the MutatingWebhookConfiguration. */
export function watchConfiguration(
  cache: Cache,
  { names }: Pick<OwnerRoles, 'names'>,
): RegisteredConfiguration {
  const selection = byName(configurationName);
  const objects = cache.watch(resources.mutatingWebhookConfigurations, selection);
  const object = () => objects.get(configurationName);
  const ownerElsewhere = () => {
    const live = object();
    return live && otherRelease(live, names);
  };
  return {
    subscribe: objects.subscribe,
    whenSynced: objects.whenSynced,
    object,
    otherRelease: ownerElsewhere,
    cas() {
      if (ownerElsewhere() !== undefined) return [];
      // Every entry has the same, and the probe's is always there.
      const probe = readList(object()?.['webhooks'])
        .filter(isObject)
        .find(({ name }) => name === entryName(probeName));
      return probe ? splitBundle(decodeCaBundle(probe)) : [];
    },
  };
}
