/**
 * Opens the cluster of the node suites for a person: `node test/cluster/node/by-hand.ts` says how to use it and keeps
 * it until it is interrupted.
 */
import { once } from 'node:events';
import process from 'node:process';

import { splitImage } from './image-reference.ts';
import { openCluster } from './open-cluster.ts';

const { provided, stop } = await openCluster();
const { kubeconfig, kubectl, helm, images, own } = provided;
const image = splitImage(images.project);
process.stdout.write(`export KUBECONFIG=${kubeconfig}
kubectl=${kubectl}
helm=${helm}
image=${images.project}
agent_image=${images.agent}
# helm: --set image.repository=${image.repository} --set image.tag=${image.tag}
# stop: kill ${process.pid}
`);
if (own) {
  process.stdout.write(`# logs: ${own.logs}
# inside: nsenter --target ${own.supervisor} --net --mount
`);
}
const interrupted = ['SIGINT', 'SIGTERM'].map((signal) => once(process, signal));
// Signals alone keep no process.
const awake = setInterval(() => undefined, 60_000);
await Promise.race(interrupted);
clearInterval(awake);
await stop();
