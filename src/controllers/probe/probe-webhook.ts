import { entryName, probeLabel, probeName } from '../../core/identity.ts';
import { isObject } from '../../core/json.ts';
import { probeAnswer } from '../../core/registration/probe.ts';
import { type ConditionState, conditionState } from '../../core/status/conditions.ts';
import { type KubeApi, KubeError } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';

/**
 * Sends a ConfigMap through the API server, as a dry run, and looks whether the webhook changed it: that proves CA,
 * Service, network and webhook, and leaves nothing behind.
 */
export async function probeWebhook(
  api: KubeApi,
  {
    namespace,
    name,
    timeoutSeconds,
  }: { readonly namespace: string; readonly name: string; readonly timeoutSeconds: number },
): Promise<ConditionState> {
  try {
    const answer = await api.create(
      resources.configMaps,
      { metadata: { name, namespace, labels: { [probeLabel]: 'true' } } },
      { dryRun: true },
    );
    const data = answer['data'];
    return isObject(data) && data['answered'] === probeAnswer.answered ? answered : notAsked;
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    // The port that the API server called from is another one each time.
    const message = error.message.replaceAll(/\S+:\d+->/g, '');
    // Also webhooks of others, quotas and rights can be in the way of a ConfigMap, which says nothing of our webhook.
    return message.includes(`webhook "${entryName(probeName)}"`)
      ? notReached(message, timeoutSeconds)
      : conditionState('Reachable', 'ProbeBlocked', message);
  }
}

// It is shown in tables and lines of a log.
const maxMessage = 1024;

/** Leads with the words of the API server for the cause, and ends with what follows from it. */
function notReached(problem: string, timeoutSeconds: number): ConditionState {
  const begin = 'The API server does not reach the webhook: ';
  const end = `: new pods start without their token, or are denied under enforce.missingToken: Deny, up to ${timeoutSeconds} s later for each policy that selects them.`;
  const calling = `failed calling webhook "${entryName(probeName)}": `;
  const at = problem.indexOf(calling);
  const cause =
    at < 0 ? problem : problem.slice(at + calling.length).replace(/^failed to call webhook: /, '');
  const room = maxMessage - begin.length - end.length;
  const shown = cause.length > room ? `${cause.slice(0, room - 3)}...` : cause;
  return conditionState('Reachable', 'NotAnswered', `${begin}${shown}${end}`);
}

const answered = conditionState('Reachable', 'Answered', 'The API server reaches the webhook.');

const notAsked = conditionState(
  'Reachable',
  'NotAnswered',
  'The API server did not ask the webhook: the webhook configuration is not in effect yet.',
);
