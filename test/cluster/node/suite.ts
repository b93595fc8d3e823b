/* oxlint-disable vitest/no-conditional-tests, vitest/no-disabled-tests, vitest/valid-title, vitest/expect-expect --
   this file makes suites for others, whose tests the rules are about */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, describe, inject, it } from 'vitest';

import { createApi, type Api } from '../api.ts';
import { readAuditLog, type AuditEvent } from '../audit-log.ts';
import { clientProgram } from '../client-program.ts';
import { readKubeconfig } from '../kubeconfig.ts';
import { createKubectl, type Kubectl } from '../kubectl.ts';
import { connectControl, type NodeControl } from './control.ts';
import { createFindDrift, type FindDrift } from './drift.ts';
import { createHelm, type Helm } from './helm.ts';
import type { ProvidedNode } from './open-cluster.ts';

/** What a suite works with. */
export interface NodeCluster extends Pick<ProvidedNode, 'kubeconfig' | 'images'> {
  /** With an administrator's rights. */
  readonly api: Api;
  readonly kubectl: Kubectl;
  readonly helm: Helm;
  readonly findDrift: FindDrift;
  /** Only of a node that was started for this run: `it.runIf(node)`. */
  readonly node?: NodeControl & {
    /** The folder of the programs' logs. */
    readonly logs: string;
    /** What the API server has been asked so far. */
    auditLog(): AuditEvent[];
    /** A process inside of the node's namespaces, for `nsenter`. */
    readonly supervisor: number;
  };
}

/** A `describe` that gets the cluster of this run, and is skipped, with the reason in a title, if there is none. */
export function describeNode(title: string, define: (cluster: NodeCluster) => void): void {
  const provided = inject('node');
  if ('unavailable' in provided) {
    describe.skip(title, () => {
      it(`no cluster: ${provided.unavailable}`, () => undefined);
    });
    return;
  }
  describe(title, () => {
    // Clients make it when they need it: there is no end of a suite whose tests are all skipped. And the node's own
    // folder goes even after a crash.
    const folder = path.join(
      provided.own?.folder ?? tmpdir(),
      `token-injector-suite-${randomBytes(4).toString('hex')}`,
    );
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    define(clusterOf(provided, folder));
  });
}

function clusterOf(provided: ProvidedNode, folder: string): NodeCluster {
  const { kubeconfig, kubectl, helm, drift, images, own } = provided;
  return {
    kubeconfig,
    images,
    api: createApi(readKubeconfig(kubeconfig)),
    kubectl: createKubectl(kubectl, { kubeconfig, cacheFolder: path.join(folder, 'kubectl') }),
    helm: createHelm(helm, { kubeconfig, folder }),
    findDrift: createFindDrift(clientProgram(drift, {}), kubeconfig),
    ...(own && {
      node: {
        ...connectControl(own.control),
        logs: own.logs,
        auditLog: () => readAuditLog(own.auditLog),
        supervisor: own.supervisor,
      },
    }),
  };
}
