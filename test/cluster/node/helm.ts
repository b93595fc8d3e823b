import path from 'node:path';

import { clientProgram, type ClientProgram } from '../client-program.ts';

/** Runs helm. */
export type Helm = ClientProgram;

/** Binds helm to a cluster; `folder` keeps its settings and caches, so that a user's own have no effect. */
export function createHelm(
  program: string,
  { kubeconfig, folder }: { readonly kubeconfig: string; readonly folder: string },
): Helm {
  return clientProgram(program, {
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: path.join(folder, 'helm/cache'),
    HELM_CONFIG_HOME: path.join(folder, 'helm/config'),
    HELM_DATA_HOME: path.join(folder, 'helm/data'),
  });
}
