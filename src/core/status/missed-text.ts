import { type PodTally, mostCommon } from './pod-tally.ts';
import { restartCommand } from './workload.ts';

/** How many agent pods have no token, why that usually is, and what to do. */
export function missedText({ selected, missed, judged }: PodTally): string {
  const { first, pods } = mostCommon(
    judged.filter(({ outcome }) => outcome === 'missed'),
    ({ group: { namespace, workload } }) => [namespace, workload.kind, workload.name],
  );
  const { namespace, workload } = first.group;
  const command = restartCommand(workload, namespace);
  const renew =
    command ??
    (workload.kind === 'Pod'
      ? `delete Pod ${workload.name} in namespace ${namespace} and create it again`
      : `delete the pods of ${workload.kind} ${workload.name} in namespace ${namespace}, and it makes new ones`);
  const more = missed > pods ? `, and so on for ${missed - pods} more` : '';
  return (
    `${missed} of ${selected} agent pods lack what the policy wants, and new ones would get it: most often they were created before the policy or its last change, or while the webhook was unavailable. ` +
    `Create them anew: ${renew}${more}.`
  );
}
