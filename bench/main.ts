import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  compareLatencies,
  compareMemory,
  compareRates,
  compareStarts,
  compareWebhooks,
} from './comparisons.ts';
import { measureAgentPods } from './agent-pods.ts';
import { measureDelivery } from './delivery.ts';
import { measureBesideApiServer } from './beside-api-server.ts';
import { measurePreview } from './preview.ts';
import { progress } from './progress.ts';
import { type Figure, report } from './report.ts';
import { agentReview } from './review.ts';
import { type Servers, openServers } from './servers.ts';

const parts = {
  files: measureFiles,
  cluster: measureCluster,
  'api-server': measureBesideApiServer,
  'agent-pods': measureAgentPods,
  delivery: measureDelivery,
  preview: measurePreview,
} as const;
const { values: flags } = parseArgs({
  options: {
    json: { type: 'string' },
    /** One of `parts`; all by default. */
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
  },
});
const effort = { rounds: Number(flags.rounds), seconds: Number(flags.seconds) };

execFileSync(process.execPath, [join(import.meta.dirname, '../tools/build.ts')], {
  stdio: 'inherit',
});
const all: Figure[] = [];
for (const [name, measure] of Object.entries(parts)) {
  if (flags.only !== undefined && flags.only !== name) continue;
  const servers = await openServers();
  try {
    all.push(...(await measure(servers)));
  } finally {
    await servers.close();
  }
}
process.stdout.write(report(all));
if (flags.json)
  writeFileSync(
    flags.json,
    `${JSON.stringify({ node: process.version, cores: cpus().length, figures: all }, undefined, 2)}\n`,
  );

/** The webhook with policies and certificate in files. */
async function measureFiles(servers: Servers): Promise<Figure[]> {
  const { target } = servers;
  const name = 'webhook';
  progress('start to ready');
  const figures = await compareStarts(
    { floor: servers.floor, webhook: () => servers.webhook(1), name },
    { target: { atMost: 2 } },
  );
  const bare = await servers.floor();
  const ours = await servers.webhook(1);
  const targets = { floor: target(bare), webhook: target(ours), name };
  progress('requests per second');
  figures.push(...(await compareRates('requests per second', targets, effort, { atLeast: 0.95 })));
  progress('latency at 300 requests per second');
  figures.push(...(await compareLatencies(targets, effort)));
  figures.push(...compareMemory({ floor: bare, webhook: ours, name }));
  for (const policies of [20, 200]) {
    progress(`${policies} policies`);
    const many = await servers.webhook(policies);
    const title = `requests per second with ${policies} policies, ratio to one`;
    figures.push(await compareWebhooks(title, target(ours), target(many), effort));
    await many.stop();
  }
  progress('50 containers');
  const large = agentReview(50);
  const largeTargets = { floor: target(bare, large), webhook: target(ours, large), name };
  figures.push(
    ...(await compareRates('requests per second with 50 containers', largeTargets, effort)),
  );
  return figures;
}

/** The webhook with as many policies as there may be, and its certificate, from an API server. */
async function measureCluster(servers: Servers): Promise<Figure[]> {
  const { target } = servers;
  const name = 'webhook in a cluster';
  const apiServer = await servers.apiServer(300);
  progress('start to ready in a cluster with 300 policies');
  const figures = await compareStarts(
    { floor: servers.floor, webhook: () => servers.webhookInCluster(apiServer), name },
    { target: { atMost: 2 } },
  );
  const bare = await servers.floor();
  const ours = await servers.webhookInCluster(apiServer);
  const targets = { floor: target(bare), webhook: target(ours), name };
  figures.push({
    name: 'resident memory at rest, webhook in a cluster',
    value: ours.rss(),
    unit: 'MiB',
  });
  progress('requests per second in a cluster');
  figures.push(...(await compareRates('requests per second', targets, effort, { atLeast: 0.95 })));
  progress('latency at 300 requests per second in a cluster');
  figures.push(...(await compareLatencies(targets, effort)));
  figures.push(...compareMemory({ floor: bare, webhook: ours, name }));
  progress('policies from a cluster and from files');
  const files = await servers.webhook(300);
  const title = 'requests per second in a cluster, ratio to files';
  figures.push(await compareWebhooks(title, target(files), target(ours), effort));
  return figures;
}
