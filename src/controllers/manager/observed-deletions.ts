import type { KubeApi } from '../../kube/client/api.ts';
import type { ControllerObserver } from '../controller-options.ts';

/** An API that reports every deletion, whoever of us asks for it. */
export function withObservedDeletions(
  api: KubeApi,
  observer: Pick<ControllerObserver, 'deleted'>,
): KubeApi {
  return {
    ...api,
    async delete(resource, name, namespace, options) {
      await api.delete(resource, name, namespace, options);
      observer.deleted({
        kind: resource.kind,
        ...(namespace === undefined ? {} : { namespace }),
        name,
      });
    },
  };
}
