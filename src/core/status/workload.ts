import { isObject, readList } from '../json.ts';
import type { StringMap } from '../policy/label-selector.ts';

/** What made a pod and makes another one in its place. */
export interface Workload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent where the pod does not tell it. */
  readonly uid?: string;
}

/** The workload of a pod, by its metadata: the Deployment rather than its ReplicaSet. */
export function workloadOf({
  ownerReferences,
  labels,
}: {
  readonly ownerReferences?: unknown;
  readonly labels?: unknown;
}): Workload | undefined {
  const owner = readList(ownerReferences)
    .filter(isObject)
    .find(({ controller }) => controller === true) as Workload | undefined;
  if (!owner) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  const deployment =
    kind === 'ReplicaSet' ? deploymentName(name, isObject(labels) ? labels : {}) : undefined;
  return deployment === undefined
    ? { apiVersion, kind, name, ...(uid === undefined ? {} : { uid }) }
    : { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment };
}

/** A Deployment's ReplicaSet has the Deployment's name with the hash that stands in a label, and so have its pods. */
function deploymentName(replicaSet: string, labels: StringMap): string | undefined {
  const hash = labels['pod-template-hash'];
  return typeof hash === 'string' && replicaSet.endsWith(`-${hash}`)
    ? replicaSet.slice(0, -hash.length - 1)
    : undefined;
}

/** The command that has a workload make new pods, where there is one. */
export function restartCommand(
  { kind, name }: Pick<Workload, 'kind' | 'name'>,
  namespace: string,
): string | undefined {
  return restartable.includes(kind)
    ? `kubectl -n ${namespace} rollout restart ${kind.toLowerCase()}/${name}`
    : undefined;
}

const restartable = ['Deployment', 'StatefulSet', 'DaemonSet'];
