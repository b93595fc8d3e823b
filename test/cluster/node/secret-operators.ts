import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { parse, stringify } from 'yaml';

import { findBinary, type ProgramName } from '../binaries.ts';
import { installForeignDefinitions, type ForeignProject } from '../foreign-definitions.ts';
import { moduleFolder } from '../go-modules.ts';
import type { ImageArchive } from './image-archive.ts';
import { splitImage } from './image-reference.ts';
import { buildProgramImage } from './images.ts';
import type { NodeCluster } from './suite.ts';

/** An operator that runs on the node. */
export interface InstalledOperator {
  /** Removes it with its definitions, and so with every object of its kinds. */
  remove(): Promise<void>;
}

/** Runs External Secrets Operator, with the rights that its own chart gives it; it has no webhook here. */
export async function installExternalSecretsOperator(
  cluster: NodeCluster,
): Promise<InstalledOperator> {
  return installOperator(cluster, {
    project: 'external-secrets',
    program: 'external-secrets',
    chart: path.join(
      await moduleFolder('github.com/external-secrets/external-secrets', 'external-secrets'),
      'deploy/charts/external-secrets',
    ),
    namespace: 'external-secrets',
    leftovers: ['namespace', 'external-secrets'],
    values: ({ repository, tag }) => ({
      image: { repository, tag },
      webhook: { create: false },
      certController: { create: false },
      // Their definitions are not installed.
      processPushSecret: false,
      processClusterPushSecret: false,
    }),
  });
}

/** Runs the controller of Sealed Secrets where kubeseal looks for it, with the rights that its own chart gives it. */
export async function installSealedSecretsController(
  cluster: NodeCluster,
): Promise<InstalledOperator> {
  return installOperator(cluster, {
    project: 'sealed-secrets',
    program: 'sealed-secrets-controller',
    chart: path.join(
      await moduleFolder('github.com/bitnami-labs/sealed-secrets', 'sealed-secrets'),
      'helm/sealed-secrets',
    ),
    namespace: 'kube-system',
    leftovers: [
      'secrets',
      '--namespace=kube-system',
      '--selector=sealedsecrets.bitnami.com/sealed-secrets-key',
    ],
    values: ({ registry, name, tag }) => ({
      fullnameOverride: 'sealed-secrets-controller',
      image: { registry, repository: name, tag },
      command: [`/${name}`],
    }),
  });
}

interface Operator {
  readonly project: ForeignProject;
  readonly program: ProgramName;
  /** The folder of its chart. */
  readonly chart: string;
  readonly namespace: string;
  /** What Helm leaves, as kubectl names it. */
  readonly leftovers: readonly string[];
  readonly values: (image: ImageParts) => object;
}

interface ImageParts {
  readonly registry: string;
  readonly name: string;
  readonly tag: string;
  /** Registry and name. */
  readonly repository: string;
}

async function installOperator(
  { kubectl, helm, node }: NodeCluster,
  { project, program, chart, namespace, leftovers, values }: Operator,
): Promise<InstalledOperator> {
  if (!node) throw new Error(`a cluster that was there before cannot be given ${program}`);
  const image = await buildProgramImage({ name: program, program: await findBinary(program) });
  await node.loadImages(image.file);
  const run = async (args: readonly string[], input = {}): Promise<void> => {
    const { code, stderr } = await helm([...args, '--namespace', namespace], {
      input: JSON.stringify(input),
      timeoutMs: 600_000,
    });
    if (code !== 0) throw new Error(`helm ${args[0]}: ${stderr}`);
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'token-injector-chart-'));
  const definitions = await installForeignDefinitions(kubectl, project);
  const remove = async () => {
    await run(['uninstall', program, '--ignore-not-found', '--wait']);
    await definitions.remove();
    const { code, stderr } = await kubectl(['delete', '--ignore-not-found', ...leftovers]);
    if (code !== 0) throw new Error(stderr);
  };
  try {
    copyChart(chart, folder);
    const flags = ['--skip-crds', '--create-namespace', '--wait', '--timeout=9m', '--values=-'];
    await run(['install', program, folder, ...flags], values(partsOf(image)));
  } catch (error) {
    await remove();
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { remove };
}

/** Leaves out the charts that a chart depends on: they are in registries, and all are off by default. */
function copyChart(chart: string, folder: string): void {
  cpSync(chart, folder, { recursive: true });
  const file = path.join(folder, 'Chart.yaml');
  const { dependencies: _all, ...rest } = parse(readFileSync(file, 'utf8')) as object & {
    readonly dependencies?: unknown;
  };
  rmSync(file);
  writeFileSync(file, stringify(rest));
}

function partsOf({ image }: ImageArchive): ImageParts {
  const { repository, tag } = splitImage(image);
  const [registry = '', name = ''] = repository.split('/');
  return { registry, name, tag, repository };
}
