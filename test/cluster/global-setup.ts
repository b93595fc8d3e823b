import process from 'node:process';

import type { TestProject } from 'vitest/node';

import {
  BinariesUnavailable,
  findBinary,
  findControlPlaneBinaries,
  programOnPath,
} from './binaries.ts';
import { startControlPlane } from './control-plane.ts';

/** The cluster of a run, as its test files get it. */
export interface ProvidedCluster {
  readonly kubeconfig: string;
  /** The program. */
  readonly kubectl: string;
  /** False for a cluster that was there before and stays. */
  readonly startedHere: boolean;
  /** Only of a cluster that was started here, as is the audit log. */
  readonly logs?: string;
  readonly auditLog?: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    readonly cluster: ProvidedCluster | { readonly unavailable: string };
  }
}

/** Takes the cluster of KUBECONFIG or starts a control plane for the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    const { cluster, stop } = await provideCluster();
    project.provide('cluster', cluster);
    return stop;
  } catch (error) {
    // A build server must not pass by skipping; a contributor without Go must not fail.
    if (!(error instanceof BinariesUnavailable) || process.env['CI']) throw error;
    process.stderr.write(`test cluster: skipped: ${error.message}\n`);
    project.provide('cluster', { unavailable: error.message });
    return () => Promise.resolve();
  }
}

async function provideCluster(): Promise<{
  readonly cluster: ProvidedCluster;
  readonly stop: () => Promise<void>;
}> {
  const existing = process.env['KUBECONFIG'];
  if (existing) {
    const kubectl = programOnPath('kubectl') ?? (await findBinary('kubectl'));
    return {
      cluster: { kubeconfig: existing, kubectl, startedHere: false },
      stop: () => Promise.resolve(),
    };
  }
  const binaries = await findControlPlaneBinaries();
  const controlPlane = await startControlPlane(binaries);
  const { kubeconfig, logs, auditLog } = controlPlane;
  const { kubectl } = binaries;
  return {
    cluster: { kubeconfig, kubectl, startedHere: true, logs, auditLog },
    stop: () => controlPlane.stop(),
  };
}
