import path from 'node:path';
import process from 'node:process';

import { findBinary, findNodeBinaries, programOnPath } from '../binaries.ts';
import { serveControl } from './control.ts';
import { buildBaseImage, buildPauseImage, buildProjectImage } from './images.ts';
import { checkRequirements, NodeUnavailable } from './requirements.ts';
import { startNode } from './start-node.ts';

/** The names of the images that a cluster has, or can pull. */
interface Images {
  /** The project's own. */
  readonly project: string;
  /** One with Node.js and nothing to run; tests give it a script. */
  readonly agent: string;
}

/** The cluster of a run, as its test files get it. */
export interface ProvidedNode {
  readonly kubeconfig: string;
  /** The program. */
  readonly kubectl: string;
  /** The program. */
  readonly helm: string;
  /** The program. */
  readonly drift: string;
  readonly images: Images;
  /** Only of a node that was started here; a cluster that was there before has none and stays. */
  readonly own?: {
    readonly folder: string;
    readonly logs: string;
    readonly auditLog: string;
    /** The socket of its NodeControl. */
    readonly control: string;
    /** A process inside of its namespaces. */
    readonly supervisor: number;
  };
}

/** A cluster, and how to have done with it. */
interface OpenCluster {
  readonly provided: ProvidedNode;
  readonly stop: () => Promise<void>;
}

/** Takes the cluster of KUBECONFIG, or starts a node and gives it the images. */
export function openCluster(): Promise<OpenCluster> {
  const kubeconfig = process.env['KUBECONFIG'];
  return kubeconfig ? existingCluster(kubeconfig) : ownCluster();
}

async function existingCluster(kubeconfig: string): Promise<OpenCluster> {
  const project = process.env['TOKEN_INJECTOR_TEST_IMAGE'];
  if (!project) {
    throw new NodeUnavailable(
      'set TOKEN_INJECTOR_TEST_IMAGE to an image of this project that the cluster of KUBECONFIG can pull, ' +
        'and TOKEN_INJECTOR_TEST_AGENT_IMAGE to one with Node.js if not node:24-slim',
    );
  }
  const agent = process.env['TOKEN_INJECTOR_TEST_AGENT_IMAGE'] || 'node:24-slim';
  const kubectl = programOnPath('kubectl') ?? (await findBinary('kubectl'));
  const helm = programOnPath('helm') ?? (await findBinary('helm'));
  const drift = await findBinary('drift');
  return {
    provided: { kubeconfig, kubectl, helm, drift, images: { project, agent } },
    stop: () => Promise.resolve(),
  };
}

async function ownCluster(): Promise<OpenCluster> {
  await checkRequirements();
  const binaries = await findNodeBinaries();
  const drift = await findBinary('drift');
  const pause = await buildPauseImage(binaries.pause);
  const base = await buildBaseImage();
  const project = await buildProjectImage(base);
  const node = await startNode(binaries, { pauseArchive: pause.file });
  try {
    for (const { file } of [base, project]) await node.loadImages(file);
    const control = path.join(node.folder, 'control.sock');
    const closeControl = await serveControl(node, control);
    const { kubeconfig, folder, logs, auditLog, supervisor } = node;
    return {
      provided: {
        kubeconfig,
        kubectl: binaries.kubectl,
        helm: binaries.helm,
        drift,
        images: { project: project.image, agent: base.image },
        own: { folder, logs, auditLog, control, supervisor },
      },
      stop: async () => {
        closeControl();
        await node.stop();
      },
    };
  } catch (error) {
    await node.stop();
    throw error;
  }
}
