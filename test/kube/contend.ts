import type { KubeApi } from '../../src/kube/client/api.ts';
import {
  type LeaderChange,
  runWithLeaderElection,
} from '../../src/kube/leader-election/leader-election.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** One of those who want to lead, in simulated time. */
interface Contender {
  readonly changes: LeaderChange[];
  /** Whether its work runs, and whether it was asked to end. */
  readonly isWorking: () => boolean;
  readonly isAskedToEnd: () => boolean;
  /** How often the work began. */
  readonly runs: () => number;
  readonly stop: () => void;
  readonly done: Promise<void>;
}

/** What a contender is given. */
interface Setting {
  readonly clock: SimulatedClock;
  readonly api: KubeApi;
  /** How far its wall clock is off, in milliseconds. */
  readonly skewMs?: number;
  readonly random?: () => number;
  /** How long the work goes on after its signal. */
  readonly lastsMs?: number;
  readonly work?: (signal: AbortSignal) => Promise<void>;
}

/** Has one contend for the Lease `ours/leader`. */
export function contend(identity: string, setting: Setting): Contender {
  const { clock, api, skewMs = 0, random = () => 0.5, lastsMs = 0, work } = setting;
  const stopping = new AbortController();
  const changes: LeaderChange[] = [];
  let working = false;
  let asked = false;
  let runs = 0;
  const done = runWithLeaderElection(
    {
      api,
      namespace: 'ours',
      name: 'leader',
      identity,
      now: () => new Date(Date.UTC(2026, 0, 1) + clock.monotonic() + skewMs),
      monotonic: clock.monotonic,
      delay: clock.delay,
      random,
      stop: stopping.signal,
      onChange: (change) => changes.push(change),
    },
    async (signal) => {
      runs += 1;
      working = true;
      asked = false;
      try {
        if (work) await work(signal);
        else await aborted(signal);
        asked = true;
        if (lastsMs > 0) await clock.delay(lastsMs);
      } finally {
        working = false;
      }
    },
  );
  return {
    changes,
    isWorking: () => working,
    isAskedToEnd: () => asked,
    runs: () => runs,
    stop: () => stopping.abort(),
    done,
  };
}

/** Resolves when the signal comes. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve());
  });
}
