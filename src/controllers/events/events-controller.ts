import { type WorkloadOutcome, workloadOutcomes } from '../../core/status/workload-outcomes.ts';
import type { KubeApi } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import type { AgentPods } from '../cluster/agent-pods.ts';
import { recordEvent } from '../cluster/record-event.ts';
import type { Clock } from '../manager/clock.ts';
import type { Controller } from '../manager/controller.ts';
import type { Published } from '../manager/source.ts';
import { findInvolved } from './involved-object.ts';

/** What Events are made of. */
export interface EventsControllerOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly agentPods: Published<AgentPods | undefined>;
}

const minIntervalMs = 10_000;
/** In one interval, or a policy for many workloads would fill the API server's store. */
const maxEvents = 20;

/** Writes one Event for each workload and policy, anew only where the outcome is another one. */
export function createEventsController(options: EventsControllerOptions): Controller {
  const { api, clock, agentPods } = options;
  /** The reason that the Event of a name gives. */
  let recorded = new Map<string, string>();

  /** Whether the Event that there is says it already: another controller may have written it. */
  async function isRecorded({ name, namespace, state }: WorkloadOutcome): Promise<boolean> {
    const live = await api.get(resources.events, name, namespace);
    return live?.['reason'] === state.reason;
  }

  async function record({ name, namespace, workload, state }: WorkloadOutcome): Promise<void> {
    const involvedObject = await findInvolved(api, workload, namespace);
    if (involvedObject)
      await recordEvent({ api, clock }, { name, namespace, involvedObject, state });
  }

  return {
    name: 'events',
    watches: [agentPods],
    keys: () => ['cluster'],
    minIntervalMs,
    async reconcile() {
      const pods = agentPods.current;
      if (!pods?.known) return undefined;
      const outcomes = outcomesOf(pods);
      const live = new Set(outcomes.map(keyOf));
      recorded = new Map([...recorded].filter(([key]) => live.has(key)));
      const news = outcomes.filter((outcome) => isNew(outcome, recorded.get(keyOf(outcome))));
      for (const outcome of news.slice(0, maxEvents)) {
        if (recorded.has(keyOf(outcome)) || !(await isRecorded(outcome))) await record(outcome);
        recorded.set(keyOf(outcome), outcome.state.reason);
      }
      return news.length > maxEvents ? new Date(clock.now().getTime() + minIntervalMs) : undefined;
    },
  };
}

function outcomesOf({ tallies }: AgentPods): WorkloadOutcome[] {
  return [...tallies].flatMap(([policy, tally]) => workloadOutcomes(policy, tally));
}

function keyOf({ namespace, name }: WorkloadOutcome): string {
  return `${namespace}/${name}`;
}

/** That all is well is news only where it was not before. */
function isNew({ state }: WorkloadOutcome, before: string | undefined): boolean {
  return before === undefined ? state.status === 'False' : before !== state.reason;
}
