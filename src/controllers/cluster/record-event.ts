import { productName } from '../../core/identity.ts';
import type { ConditionState } from '../../core/status/conditions.ts';
import type { KubeApi } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import type { Clock } from '../manager/clock.ts';

/** An object as an Event names it; kubectl describe finds Events by the UID too. */
export interface InvolvedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for one outside of namespaces. */
  readonly namespace?: string;
  readonly uid?: string;
}

// The API server stores no longer one.
const maxMessageLength = 1024;

/** Writes an Event that says a state, over the one of the same name. */
export async function recordEvent(
  { api, clock }: { readonly api: KubeApi; readonly clock: Clock },
  event: {
    readonly name: string;
    readonly namespace: string;
    readonly involvedObject: InvolvedObject;
    readonly state: ConditionState;
  },
): Promise<void> {
  const { name, namespace, involvedObject, state } = event;
  const now = clock.now().toISOString();
  await api.apply(resources.events, {
    metadata: { name, namespace },
    involvedObject,
    type: state.status === 'True' ? 'Normal' : 'Warning',
    reason: state.reason,
    message: state.message.slice(0, maxMessageLength),
    source: { component: productName },
    reportingComponent: productName,
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  });
}
