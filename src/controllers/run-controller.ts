import { policyReader } from '../kube/policies.ts';
import type { ControllerOptions } from './controller-options.ts';
import { type Loop, startLoop } from './loop.ts';
import { type Part, observeCluster } from './observe-cluster.ts';
import { ownedObjects } from './owned-objects.ts';
import {
  type Shared,
  reconcileCertificates,
  reconcileLease,
  reconcileProbe,
  reconcileRegistration,
  reconcileStatus,
} from './reconcile.ts';
import { withReportedDeletions } from './reported-deletions.ts';
import { untilAborted } from './until-aborted.ts';
import { updateDefinition } from './update-definition.ts';

// Pods come and go in large numbers, and nobody reads a status twice a second.
const statusPause = 2_000;
const definitionCheck = 60_000;

/**
 * Keeps certificates, registration and status right until the signal comes. Only one controller at a time may run,
 * and none of them writes once its signal came.
 */
export async function runController(
  options: ControllerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, namespace, owners, refusals, report } = options;
  const api = withReportedDeletions(untilAborted(options.api, signal), report);
  const loops = new Map<string, Loop>();
  const wake = (...names: readonly Part[]) => {
    for (const name of names) loops.get(name)?.wake();
  };
  const cluster = observeCluster({
    api,
    namespace,
    owners,
    refusalOwners: [...new Set(refusals.values())],
    ownSecrets: options.certificates.secrets,
    secretNames: options.secretNames,
    wake,
    onProblem: (plural, problem) => report.problem(`watch of ${plural}`, problem),
    delay: clock.delay,
    random,
  });
  signal.addEventListener('abort', () => cluster.stop(), { once: true });
  const start = (name: string, reconcile: () => Promise<Date | undefined>, pause?: number) => {
    const onProblem = (error: unknown) => report.problem(name, error);
    const loop = startLoop({ reconcile, clock, random, signal, onProblem, pause });
    loops.set(name, loop);
  };
  if (options.updateDefinition) {
    start('definition', async () => {
      if (!(await updateDefinition(api, () => cluster.owners(owners)))) return undefined;
      report.definitionUpdated();
      // Nobody tells us of one that goes again before the policies of the new one were read.
      return new Date(clock.now().getTime() + definitionCheck);
    });
  }
  await cluster.whenSynced;
  if (!signal.aborted) report.synced();

  const read = policyReader();
  const now = () => clock.now();
  const refusalOf = ([policy, role]: readonly [string, string]) => {
    // One from before the right had a role of its own goes with the other owners.
    const names = [...owners, role];
    const ownership = { api, names, owners: () => cluster.owners([role]), now };
    return [policy, ownedObjects(ownership)] as const;
  };
  const shared: Shared = {
    api,
    cluster,
    policies: () => read(cluster.policies()),
    owned: ownedObjects({ api, names: owners, owners: () => cluster.owners(owners), now }),
    refusals: new Map([...refusals].map(refusalOf)),
    wake,
    states: new Map(),
    unanswered: 0,
  };
  start('lease', () => reconcileLease(options, shared));
  start('certificates', () => reconcileCertificates(options, shared));
  start('registration', () => reconcileRegistration(options, shared));
  start('status', () => reconcileStatus(options, shared), statusPause);
  start('probe', () => reconcileProbe(options, shared));
  await Promise.all([...loops.values()].map(({ ended }) => ended));
}
