import { KubeError } from '../kube/client/api.ts';
import type { ControllerOptions } from './controller-options.ts';
import { createControllers } from './create-controllers.ts';
import { createCache } from './manager/cache.ts';
import { runControllers } from './manager/manager.ts';
import { withObservedDeletions } from './manager/observed-deletions.ts';
import { createSignal } from './manager/source.ts';
import { fenceWrites } from './manager/write-fence.ts';

/**
 * Runs the controllers until the signal comes. Only one process at a time may do so, and none of them writes once its
 * signal came.
 */
export async function runController(
  options: ControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, observer } = options;
  const api = withObservedDeletions(fenceWrites(options.api, signal), observer);
  const kindsNotServed = createSignal();
  const cache = createCache({
    api,
    delay: clock.delay,
    random,
    onProblem({ plural }, problem) {
      if (problem instanceof KubeError && problem.status === 404) kindsNotServed.notify();
      observer.problem(`watch of ${plural}`, problem);
    },
  });
  signal.addEventListener('abort', () => cache.stop(), { once: true });
  await runControllers(
    createControllers(options, { api, cache, kindsNotServed }),
    {
      clock,
      random,
      onProblem: (controller, error) => observer.problem(controller, error),
      onReady: () => observer.synced(),
    },
    signal,
  );
}
