import { isObject, readList } from '../core/json.ts';
import { type Requirement, requirementText } from '../core/policy/label-selector.ts';
import type { KubeApi, KubeObject } from './client/api.ts';
import { resources } from './client/resources.ts';
import { withoutManagedFields } from './informer/without-managed-fields.ts';

/** Whether the pods of a workload can be found: those of a CronJob cannot, each run has others. */
export function hasPodSelector(workload: KubeObject): boolean {
  return selectorText(workload) !== '';
}

/** The pods that a workload (with its kind) made, by its selector and by who owns them. */
export async function listWorkloadPods(
  api: Pick<KubeApi, 'list'>,
  workload: KubeObject,
): Promise<readonly KubeObject[]> {
  const { namespace } = workload.metadata;
  const { items } = await api.list(
    resources.pods,
    { ...(namespace === undefined ? {} : { namespace }), labelSelector: selectorText(workload) },
    withoutManagedFields,
  );
  return items.filter((pod) => isMadeBy(pod, workload));
}

// Nothing hinders two workloads from having the same selector.
function isMadeBy({ metadata }: KubeObject, workload: KubeObject): boolean {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (!owner) return false;
  const { kind, metadata: of } = workload;
  return kind === 'Deployment' || kind === 'Rollout'
    ? owner.kind === 'ReplicaSet' && owner.name.startsWith(`${of.name}-`)
    : owner.kind === kind && owner.name === of.name;
}

/** A selector as a query takes it; empty where there is none, which would select every pod of the namespace. */
function selectorText({ kind, spec }: KubeObject): string {
  const selector = isObject(spec) && isObject(spec['selector']) ? spec['selector'] : {};
  const { matchLabels, matchExpressions } =
    kind === 'ReplicationController' ? { matchLabels: selector } : selector;
  return [
    ...Object.entries(isObject(matchLabels) ? matchLabels : {}).map(
      ([key, value]) => `${key}=${String(value)}`,
    ),
    ...(readList(matchExpressions) as Requirement[]).map(requirementText),
  ].join(',');
}
