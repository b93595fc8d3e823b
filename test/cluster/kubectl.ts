import { clientProgram, type ClientProgram } from './client-program.ts';

/** Runs kubectl. */
export type Kubectl = ClientProgram;

/** Binds kubectl to a cluster; `cacheFolder` keeps what it learns about it out of the home folder. */
export function createKubectl(
  program: string,
  { kubeconfig, cacheFolder }: { readonly kubeconfig: string; readonly cacheFolder?: string },
): Kubectl {
  return clientProgram(program, {
    KUBECONFIG: kubeconfig,
    // A user's own aliases and defaults would change what a test sees.
    KUBERC: 'off',
    ...(cacheFolder !== undefined && { KUBECACHEDIR: cacheFolder }),
  });
}
