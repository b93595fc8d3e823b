import { type Json, isObject, readList } from '../json.ts';
import { isDnsLabel, isDnsSubdomain } from '../kubernetes-names.ts';
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
    .find(({ controller }) => controller === true);
  if (!owner || !isWorkload(owner)) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  return (
    (kind === 'ReplicaSet'
      ? ownerOfReplicaSet(name, isObject(labels) ? labels : {})
      : undefined) ?? {
      apiVersion,
      kind,
      name,
      ...(uid === undefined ? {} : { uid }),
    }
  );
}

// Whoever creates a pod writes its owner, which the API server does not look for, and people paste commands with its name.
function isWorkload(owner: Json): owner is Json & Workload {
  const { kind, name } = owner;
  return (
    typeof kind === 'string' &&
    isDnsLabel(kind.toLowerCase()) &&
    typeof name === 'string' &&
    isDnsSubdomain(name)
  );
}

/** A ReplicaSet has the name of what made it with the hash that stands in a label, and so have its pods. */
function ownerOfReplicaSet(replicaSet: string, labels: StringMap): Workload | undefined {
  for (const [label, owner] of makersOfReplicaSets) {
    const hash = labels[label];
    if (typeof hash !== 'string' || !replicaSet.endsWith(`-${hash}`)) continue;
    const name = replicaSet.slice(0, -hash.length - 1);
    if (isDnsSubdomain(name)) return { ...owner, name };
  }
  return undefined;
}

const makersOfReplicaSets = [
  ['pod-template-hash', { apiVersion: 'apps/v1', kind: 'Deployment' }],
  ['rollouts-pod-template-hash', { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' }],
] as const;

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
