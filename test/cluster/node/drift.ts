import type { ClientProgram } from '../client-program.ts';

/** A way in which a tool compares an object with what it should be. */
type DriftEngine =
  | 'argocd'
  | 'argocd-structured-merge'
  | 'argocd-server-side'
  | 'flux-kustomization'
  | 'flux-helmrelease';

/** What one engine found out about one object. */
export interface DriftFinding {
  readonly engine: DriftEngine;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly changed: boolean;
  /** Paths of what differs, where the engine tells. */
  readonly fields?: readonly string[];
}

/** Compares rendered manifests with the live objects; `namespace` is that of objects which name none. */
export type FindDrift = (manifests: string, namespace?: string) => Promise<DriftFinding[]>;

/** Binds the program `drift` to a cluster. */
export function createFindDrift(program: ClientProgram, kubeconfig: string): FindDrift {
  return async (manifests, namespace = 'default') => {
    const args = ['--kubeconfig', kubeconfig, '--namespace', namespace];
    const { code, stdout, stderr } = await program(args, { input: manifests });
    if (code !== 0) throw new Error(stderr);
    const lines = stdout.split('\n').filter((line) => line !== '');
    return lines.map((line): DriftFinding => JSON.parse(line));
  };
}
