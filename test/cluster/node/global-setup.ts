import process from 'node:process';

import type { TestProject } from 'vitest/node';

import { BinariesUnavailable } from '../binaries.ts';
import { openCluster, type ProvidedNode } from './open-cluster.ts';
import { NodeUnavailable } from './requirements.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly node: ProvidedNode | { readonly unavailable: string };
  }
}

/** Gives the node suites of a run their cluster. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  try {
    const { provided, stop } = await openCluster();
    project.provide('node', provided);
    return stop;
  } catch (error) {
    // A build server must not pass by skipping; a contributor's machine may have neither Go nor containers.
    const unavailable = error instanceof BinariesUnavailable || error instanceof NodeUnavailable;
    if (!unavailable || process.env['CI']) throw error;
    process.stderr.write(`node suites: skipped: ${error.message}\n`);
    project.provide('node', { unavailable: error.message });
    return () => Promise.resolve();
  }
}
