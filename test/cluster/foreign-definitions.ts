import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { moduleFolder } from './go-modules.ts';
import type { Kubectl } from './kubectl.ts';

/** A project whose CustomResourceDefinitions a test can have. */
export type ForeignProject = keyof typeof places;

/** Definitions of another project in a cluster. */
export interface ForeignDefinitions {
  /** Takes them away, and with them every object of their kinds. */
  remove(): Promise<void>;
}

/** Where the Go module of each project has its definitions. */
const places = {
  'cert-manager': {
    module: 'github.com/cert-manager/cert-manager',
    requiredBy: 'schemas',
    folder: 'deploy/crds',
    files: /^cert-manager\.io_.*\.yaml$/,
  },
  'prometheus-operator': {
    module: 'github.com/prometheus-operator/prometheus-operator',
    requiredBy: 'schemas',
    folder: 'example/prometheus-operator-crd',
    files: /_servicemonitors\.yaml$/,
  },
  'external-secrets': {
    module: 'github.com/external-secrets/external-secrets',
    requiredBy: 'external-secrets',
    folder: 'config/crds/bases',
    files: /^external-secrets\.io_(?:cluster)?(?:externalsecrets|secretstores)\.yaml$/,
  },
  'sealed-secrets': {
    module: 'github.com/bitnami-labs/sealed-secrets',
    requiredBy: 'sealed-secrets',
    folder: 'helm/sealed-secrets/crds',
    files: /\.yaml$/,
  },
} as const;

/** Brings the definitions of a project into the cluster, without its programs, and waits until their kinds are served. */
export async function installForeignDefinitions(
  kubectl: Kubectl,
  project: ForeignProject,
): Promise<ForeignDefinitions> {
  const { module, requiredBy, folder, files } = places[project];
  const where = path.join(await moduleFolder(module, requiredBy), folder);
  const input = readdirSync(where)
    .filter((name) => files.test(name))
    .map((name) => readFileSync(path.join(where, name), 'utf8'))
    .join('\n---\n');
  const run = async (...args: readonly string[]) => {
    const { code, stderr } = await kubectl([...args, '-f', '-'], { input });
    if (code !== 0) throw new Error(stderr);
  };
  await run('apply', '--server-side');
  await run('wait', '--for=condition=Established', '--timeout=120s');
  return { remove: () => run('delete', '--ignore-not-found') };
}
