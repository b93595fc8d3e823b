import { type Workload, workloadOf } from '../../core/status/workload.ts';
import type { InvolvedObject } from '../cluster/record-event.ts';
import type { KubeApi } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';

/** What an Event about a workload is about: the CronJob rather than its Job. Nothing where it is gone. */
export async function findInvolved(
  api: Pick<KubeApi, 'get'>,
  workload: Workload,
  namespace: string,
): Promise<InvolvedObject | undefined> {
  const { apiVersion, kind, name } = workload;
  const resource = [resources.deployments, resources.jobs].find(
    (known) => known.kind === kind && known.apiVersion === apiVersion,
  );
  if (!resource) return { ...workload, namespace };
  const found = await api.get(resource, name, namespace);
  if (!found) return undefined;
  const { uid } = found.metadata;
  const itself = { apiVersion, kind, name, ...(uid === undefined ? {} : { uid }) };
  return { ...(workloadOf(found.metadata) ?? itself), namespace };
}
