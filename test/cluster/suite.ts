/* oxlint-disable vitest/no-conditional-tests, vitest/no-disabled-tests, vitest/valid-title, vitest/expect-expect --
   this file makes suites for others, whose tests the rules are about */
import path from 'node:path';

import { describe, inject, it } from 'vitest';

import { createApi, type Api } from './api.ts';
import type { ProvidedCluster } from './global-setup.ts';
import { createKubectl, type Kubectl } from './kubectl.ts';
import { readKubeconfig } from './kubeconfig.ts';

/** What a suite works with. */
export interface TestCluster extends Omit<ProvidedCluster, 'kubectl'> {
  /** With an administrator's rights. */
  readonly api: Api;
  readonly kubectl: Kubectl;
}

/** A `describe` that gets the cluster of this run, and is skipped, with the reason in a title, if there is none. */
export function describeCluster(title: string, define: (cluster: TestCluster) => void): void {
  const cluster = inject('cluster');
  if ('unavailable' in cluster) {
    describe.skip(title, () => {
      it(`no cluster: ${cluster.unavailable}`, () => undefined);
    });
    return;
  }
  const { kubeconfig, kubectl, startedHere } = cluster;
  describe(title, () => {
    define({
      ...cluster,
      api: createApi(readKubeconfig(kubeconfig)),
      kubectl: createKubectl(kubectl, {
        kubeconfig,
        ...(startedHere && { cacheFolder: path.join(path.dirname(kubeconfig), 'kubectl-cache') }),
      }),
    });
  });
}
