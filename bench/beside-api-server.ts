import type { Api } from '../test/cluster/api.ts';
import { createNamespace } from '../test/cluster/namespaces.ts';
import { compareStarts } from './comparisons.ts';
import { createPods } from './create-pods.ts';
import { type InstalledCluster, openOrSkip } from './installed-cluster.ts';
import { comparePodCreation } from './pod-creation.ts';
import { progress } from './progress.ts';
import type { Figure } from './report.ts';
import type { Servers } from './servers.ts';

const policies = 300;
const pods = 5_000;

/** Webhook and controller beside a real API server. */
export async function measureBesideApiServer(servers: Servers): Promise<Figure[]> {
  progress('start of a control plane with 300 policies');
  const cluster = await openOrSkip(policies);
  if (!cluster) return [];
  try {
    return await measure(cluster, servers);
  } finally {
    await cluster.close();
  }
}

async function measure(cluster: InstalledCluster, { floor }: Servers): Promise<Figure[]> {
  const first = await cluster.controller();
  await first.rest();
  await first.stop('SIGTERM');
  progress('start to ready beside an API server');
  const figures = [
    ...(await compareStarts(
      { floor, webhook: cluster.webhook, name: 'webhook beside an API server' },
      { target: { atMost: 2 } },
    )),
    ...(await compareStarts(
      { floor, webhook: cluster.controller, name: 'controller' },
      { count: 7 },
    )),
  ];
  progress(`resident memory with ${policies} policies and ${pods} pods`);
  const bare = await floor();
  const webhook = await cluster.webhook();
  const controller = await cluster.controller();
  await createWorkloads(cluster.api);
  for (const server of [bare, webhook, controller]) await server.rest();
  const more = 'more resident memory at rest than bare node';
  figures.push(
    { name: 'resident memory at rest, bare node', value: bare.rss(), unit: 'MiB' },
    {
      name: `${more}, webhook`,
      value: webhook.rss() - bare.rss(),
      unit: 'MiB',
      target: { atMost: 40 },
    },
    { name: `${more}, controller`, value: controller.rss() - bare.rss(), unit: 'MiB' },
  );
  // It would restore what the next measurement takes away.
  await controller.stop('SIGTERM');
  await cluster.floor();
  progress('creation of pods with and without us');
  return [...figures, ...(await comparePodCreation(cluster, 6))];
}

/** Pods of workloads that no policy selects, a hundred of each. */
async function createWorkloads(api: Api): Promise<void> {
  const namespace = await createNamespace(api, 'workloads');
  await createPods(api, pods, (index) => {
    const app = `workload-${Math.floor(index / 100)}`;
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: `${app}-`, namespace, labels: { app } },
      spec: { containers: [{ name: 'main', image: 'registry.example/shop:1.0' }] },
    };
  });
}
