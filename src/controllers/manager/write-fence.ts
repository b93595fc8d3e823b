import type { KubeApi } from '../../kube/client/api.ts';

/**
 * An API through which nothing is written any more once the signal came: another one may be writing by then. A write
 * that the server has at that moment may still be carried out; the rest of a Lease's time, 5 seconds, is for that.
 */
export function fenceWrites(api: KubeApi, signal: AbortSignal): KubeApi {
  return {
    ...api,
    create: (resource, object, options) => api.create(resource, object, { ...options, signal }),
    replace: (resource, object, options) => api.replace(resource, object, { ...options, signal }),
    apply: (resource, object, options) => api.apply(resource, object, { ...options, signal }),
    delete: (resource, name, namespace, options) =>
      api.delete(resource, name, namespace, { ...options, signal }),
  };
}
