import type { ObjectMeta } from '../client/api.ts';

/** What an informer needs of an object's metadata, whatever else of it is kept. */
export function identityMetadata(
  metadata: ObjectMeta,
): Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'generation' | 'resourceVersion'> {
  const { name, namespace, uid, generation, resourceVersion } = metadata;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(generation === undefined ? {} : { generation }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
