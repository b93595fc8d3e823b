import { restartCommand } from '../status/workload.ts';
import type { Subject } from './subject.ts';

/** How pods that exist are made anew; the command is absent where none does it. */
export interface Renewal {
  readonly text: string;
  readonly command?: string;
}

/** How to get a new pod in place of this one, or new pods of this workload. */
export function renewal(subject: Subject): Renewal {
  const { kind, name, namespace, owner } = subject;
  const restart = [subject, owner].flatMap((workload) => {
    const command = workload && restartCommand(workload, namespace);
    return command ? [{ text: `Restart the ${workload.kind}; it makes new pods`, command }] : [];
  });
  if (restart[0]) return restart[0];
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
