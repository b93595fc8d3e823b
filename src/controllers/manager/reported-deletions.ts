import type { KubeApi } from '../../kube/client/api.ts';
import type { ControllerReport } from '../controller-options.ts';

/** An API that reports every deletion, whoever of us asks for it. */
export function withReportedDeletions(
  api: KubeApi,
  report: Pick<ControllerReport, 'deleted'>,
): KubeApi {
  return {
    ...api,
    async delete(resource, name, namespace, options) {
      await api.delete(resource, name, namespace, options);
      report.deleted({
        kind: resource.kind,
        ...(namespace === undefined ? {} : { namespace }),
        name,
      });
    },
  };
}
