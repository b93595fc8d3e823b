import type { ConditionState } from '../../core/status/conditions.ts';
import type { KubeApi } from '../../kube/client/api.ts';
import { backOffMs } from '../../kube/back-off.ts';
import type { Clock } from '../manager/clock.ts';
import type { Controller } from '../manager/controller.ts';
import type { Topic } from '../manager/source.ts';
import { probeWebhook } from './probe-webhook.ts';

/** How the way from the API server to the webhook is tried. */
export interface ProbeControllerOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly namespace: string;
  /** Of the ConfigMap that is sent. */
  readonly name: string;
  readonly periodMs: number;
  /** How long the API server waits for the webhook. */
  readonly timeoutSeconds: number;
  readonly reachable: Topic<ConditionState | undefined>;
  readonly onProbed: (state: ConditionState) => void;
}

const firstRetryMs = 2_000;

// Only one controller probes.
const noJitter = () => 1;

/** Tries again and again whether the API server reaches the webhook. */
export function createProbeController(options: ProbeControllerOptions): Controller {
  const { api, clock, namespace, name, periodMs, timeoutSeconds, reachable, onProbed } = options;
  /** Probes in a row without an answer. */
  let unanswered = 0;
  return {
    name: 'probe',
    watches: [],
    keys: () => [name],
    async reconcile() {
      const found = await probeWebhook(api, { namespace, name, timeoutSeconds });
      reachable.publish(found);
      onProbed(found);
      unanswered = found.status === 'True' ? 0 : unanswered + 1;
      // Soon again while it fails, so that a start or a repair shows at once; then less and less often.
      const retries = { firstMs: firstRetryMs, maxMs: periodMs };
      const pauseMs = unanswered === 0 ? periodMs : backOffMs(unanswered, retries, noJitter);
      return new Date(clock.now().getTime() + pauseMs);
    },
  };
}
