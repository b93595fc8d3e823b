import { onTestFinished } from 'vitest';

import type { KubeApi } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import {
  type Informer,
  type InformerOptions,
  startInformer,
} from '../../src/kube/informer/informer.ts';
import { simulatedClock, type SimulatedClock } from './simulated-clock.ts';

/** An informer and what it reported. */
export interface Watched {
  readonly list: Informer;
  readonly clock: SimulatedClock;
  readonly changes: () => number;
  /** Messages of problems, and `well` for each end of them. */
  readonly problems: string[];
  readonly names: () => string[];
}

/** Watches ConfigMaps, unless `resource` says otherwise, until the test is over. */
export function watched(api: KubeApi, options: Partial<InformerOptions> = {}): Watched {
  const clock = simulatedClock();
  const problems: string[] = [];
  let changes = 0;
  const list = startInformer({
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
