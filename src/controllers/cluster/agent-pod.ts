import { isLivePod } from '../../core/injection/pod.ts';
import { projectPod } from '../../core/injection/pod-projection.ts';
import type { Json } from '../../core/json.ts';
import { type Workload, workloadOf } from '../../core/status/workload.ts';
import type { KubeObject } from '../../kube/client/api.ts';
import { identityMetadata } from '../../kube/informer/identity-metadata.ts';

/** A pod as it is kept: what deciding reads of it, and no literal. */
export interface AgentPod extends KubeObject {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Json;
  /** What made it, or itself where nobody did. */
  readonly workload: Workload;
  /** Whether it is about to run, or runs. */
  readonly isLive: boolean;
}

/** Selects the pods that have not ended: one of a Job that has needs no token any more. */
export const notEnded = 'status.phase!=Succeeded,status.phase!=Failed';

/** Makes pods smaller as they are read; parts that are equal are one object then. */
export function createPodProjection(): (pod: KubeObject) => AgentPod {
  const intern = createInterning();
  return (pod) => {
    const { metadata, spec } = projectPod(pod) as Pick<AgentPod, 'spec'> & {
      metadata: Pick<AgentPod, 'labels' | 'annotations'>;
    };
    return {
      metadata: identityMetadata(pod.metadata),
      labels: intern(metadata.labels),
      annotations: intern(metadata.annotations),
      spec: intern(spec),
      workload: intern(workloadOf(pod.metadata) ?? podItself(pod.metadata)),
      isLive: isLivePod(pod),
    };
  };
}

function podItself({ name, uid }: KubeObject['metadata']): Workload {
  return { apiVersion: 'v1', kind: 'Pod', name, ...(uid === undefined ? {} : { uid }) };
}

/** Gives equal values (plain JSON) as the same object, for as long as anyone has it. */
function createInterning(): <T extends object>(value: T) => T {
  const known = new Map<string, WeakRef<object>>();
  const collected = new FinalizationRegistry((key: string) => {
    if (known.get(key)?.deref() === undefined) known.delete(key);
  });
  return <T extends object>(value: T) => {
    const key = JSON.stringify(value);
    const before = known.get(key)?.deref();
    if (before) return before as T;
    known.set(key, new WeakRef(value));
    collected.register(value, key);
    return value;
  };
}
