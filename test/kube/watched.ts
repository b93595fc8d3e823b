import { onTestFinished } from 'vitest';

import type { KubeApi } from '../../src/kube/api.ts';
import { resources } from '../../src/kube/resources.ts';
import {
  type WatchedList,
  type WatchedListOptions,
  watchList,
} from '../../src/kube/watched-list.ts';
import { simulatedClock, type SimulatedClock } from './simulated-clock.ts';

/** A watched list and what it told. */
export interface Watched {
  readonly list: WatchedList;
  readonly clock: SimulatedClock;
  readonly changes: () => number;
  /** Messages of problems, and `well` for each end of them. */
  readonly problems: string[];
  readonly names: () => string[];
}

/** Watches ConfigMaps, unless it is told otherwise, until the test is over. */
export function watched(api: KubeApi, options: Partial<WatchedListOptions> = {}): Watched {
  const clock = simulatedClock();
  const problems: string[] = [];
  let changes = 0;
  const list = watchList({
    api,
    resource: resources.configMaps,
    delay: clock.delay,
    random: () => 1,
    onChange: () => (changes += 1),
    onProblem: (problem) => problems.push(problem?.message ?? 'well'),
    ...options,
  });
  onTestFinished(() => list.stop());
  const names = (): string[] => list.items().map(({ metadata }) => metadata.name);
  return { list, clock, changes: () => changes, problems, names };
}
