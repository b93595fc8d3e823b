import type { Subject } from './subject.ts';

/** How pods that exist are made anew; the command is absent where none does it. */
export interface Renewal {
  readonly text: string;
  readonly command?: string;
}

/** How to get a new pod in place of this one, or new pods of this workload. */
export function renewal(subject: Subject): Renewal {
  const { kind, name, namespace, owner } = subject;
  const deployment = deploymentName(subject);
  if (deployment !== undefined) return restart('Deployment', deployment, namespace);
  if (restartable.includes(kind)) return restart(kind, name, namespace);
  if (owner && restartable.includes(owner.kind)) return restart(owner.kind, owner.name, namespace);
  if (kind === 'Pod') {
    const remove = `kubectl -n ${namespace} delete pod ${name}`;
    return owner
      ? { text: `Delete the pod; its ${owner.kind} makes a new one`, command: remove }
      : { text: 'Delete the pod and create it again; nothing does that by itself' };
  }
  if (kind === 'CronJob' || owner?.kind === 'CronJob')
    return { text: 'Nothing to do: the pods of the next run are new' };
  return kind === 'Job'
    ? { text: 'Delete the Job and create it again; the pods that it has stay as they are' }
    : { text: `Delete its pods one by one; the ${kind} makes new ones` };
}

const restartable = ['Deployment', 'StatefulSet', 'DaemonSet'];

function restart(kind: string, name: string, namespace: string): Renewal {
  return {
    text: `Restart the ${kind}; it makes new pods`,
    command: `kubectl -n ${namespace} rollout restart ${kind.toLowerCase()}/${name}`,
  };
}

/** A Deployment's ReplicaSet has the Deployment's name with the hash that stands in a label, and so have its pods. */
function deploymentName({ kind, owner, labels }: Subject): string | undefined {
  const replicaSet = kind === 'Pod' && owner?.kind === 'ReplicaSet' ? owner.name : undefined;
  const ofDeployment = kind === 'ReplicaSet' && owner?.kind === 'Deployment';
  if (ofDeployment) return owner.name;
  const hash = labels['pod-template-hash'];
  return replicaSet !== undefined && typeof hash === 'string' && replicaSet.endsWith(`-${hash}`)
    ? replicaSet.slice(0, -hash.length - 1)
    : undefined;
}
