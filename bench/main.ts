import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { issueDevelopmentCertificate } from '../src/certificates/development.ts';
import { type Target, latencies, throughput } from './load.ts';
import { type Figure, report } from './report.ts';
import { agentReview } from './review.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
  },
});
const rounds = Number(flags.rounds);
const seconds = Number(flags.seconds);
const root = join(import.meta.dirname, '..');
// The npm script gives this process the other one.
const serverCore = 0;
const connections = 16;

const folder = mkdtempSync(join(tmpdir(), 'token-injector-bench-'));
const servers: ServerProcess[] = [];
try {
  execFileSync(process.execPath, [join(root, 'tools/build.ts')], { stdio: 'inherit' });
  const figures = await measure();
  process.stdout.write(report(figures));
  if (flags.json)
    writeFileSync(
      flags.json,
      `${JSON.stringify({ node: process.version, cores: cpus().length, figures }, undefined, 2)}\n`,
    );
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true });
}

async function measure(): Promise<Figure[]> {
  const { ca, cert, key } = await issueDevelopmentCertificate(['localhost'], new Date());
  const certFile = join(folder, 'tls.crt');
  const keyFile = join(folder, 'tls.key');
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const floor = () =>
    start('floor', (port) => [
      process.execPath,
      join(root, 'bench/floor.js'),
      certFile,
      keyFile,
      String(port),
    ]);
  const webhook = (policies: number) =>
    start(`webhook with ${policies} policies`, (port) => [
      join(root, 'dist/token-injector.js'),
      'webhook',
      '--policies',
      writePolicies(policies),
      '--tls-cert-file',
      certFile,
      '--tls-key-file',
      keyFile,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--health-port',
      '0',
    ]);
  const target = (server: ServerProcess, body = agentReview()): Target => ({
    port: server.port,
    ca,
    path: '/mutate/aikido',
    body,
  });

  const figures: Figure[] = [];
  progress('start to ready');
  figures.push(...(await measureStart(floor, () => webhook(1))));

  const bare = await floor();
  const ours = await webhook(1);
  progress('requests per second');
  await throughput(target(bare), connections, 1);
  await throughput(target(ours), connections, 1);
  figures.push(
    ...(await compareRates('requests per second', target(bare), target(ours), { atLeast: 0.95 })),
  );

  progress('latency at 300 requests per second');
  const at = (quantile: number) => (sorted: number[]) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))]!;
  const floorRuns: number[][] = [];
  const webhookRuns: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    floorRuns.push(await latencies(target(bare), connections, 300, seconds));
    webhookRuns.push(await latencies(target(ours), connections, 300, seconds));
  }
  for (const [quantile, name] of [
    [0.5, 'p50'],
    [0.99, 'p99'],
  ] as const) {
    const first = median(floorRuns.map(at(quantile)));
    const second = median(webhookRuns.map(at(quantile)));
    figures.push(
      { name: `${name} at 300/s, floor`, value: first, unit: 'ms' },
      { name: `${name} at 300/s, webhook`, value: second, unit: 'ms' },
      {
        name: `${name} at 300/s, ratio to floor`,
        value: second / first,
        unit: '',
        ...(name === 'p99' ? { target: { atMost: 1.5 } } : {}),
      },
    );
  }
  figures.push(
    { name: 'resident memory after load, floor', value: bare.rss(), unit: 'MiB' },
    { name: 'resident memory after load, webhook', value: ours.rss(), unit: 'MiB' },
    {
      name: 'resident memory, more than floor',
      value: ours.rss() - bare.rss(),
      unit: 'MiB',
      target: { atMost: 40 },
    },
  );

  for (const policies of [20, 200]) {
    progress(`${policies} policies`);
    const many = await webhook(policies);
    await throughput(target(many), connections, 1);
    const compared = await alternate(
      () => throughput(target(ours), connections, seconds),
      () => throughput(target(many), connections, seconds),
    );
    figures.push({
      name: `requests per second with ${policies} policies, ratio to one`,
      value: compared.ratio,
      unit: '',
      target: { atLeast: 0.95 },
    });
    await stop(many);
  }

  progress('50 containers');
  const large = agentReview(50);
  figures.push(
    ...(await compareRates(
      'requests per second with 50 containers',
      target(bare, large),
      target(ours, large),
    )),
  );
  return figures;
}

async function compareRates(
  name: string,
  floor: Target,
  webhook: Target,
  aim?: Figure['target'],
): Promise<Figure[]> {
  const rates = await alternate(
    () => throughput(floor, connections, seconds),
    () => throughput(webhook, connections, seconds),
  );
  return [
    { name: `${name}, floor`, value: rates.first, unit: '/s' },
    { name: `${name}, webhook`, value: rates.second, unit: '/s' },
    {
      name: `${name}, ratio to floor`,
      value: rates.ratio,
      unit: '',
      ...(aim ? { target: aim } : {}),
    },
  ];
}

async function measureStart(
  floor: () => Promise<ServerProcess>,
  webhook: () => Promise<ServerProcess>,
): Promise<Figure[]> {
  const time = async (begin: () => Promise<ServerProcess>) => {
    const server = await begin();
    await stop(server);
    return server.startMilliseconds;
  };
  const times = await alternate(
    () => time(floor),
    () => time(webhook),
    15,
  );
  return [
    { name: 'start to ready, bare node', value: times.first, unit: 'ms' },
    { name: 'start to ready, webhook', value: times.second, unit: 'ms' },
    {
      name: 'start to ready, ratio to bare node',
      value: times.ratio,
      unit: '',
      target: { atMost: 2 },
    },
  ];
}

/** Measures two things in turn, so that what else the machine does hits both; medians, and the median of the ratios. */
async function alternate(
  first: () => Promise<number>,
  second: () => Promise<number>,
  times = rounds,
) {
  const firsts: number[] = [];
  const others: number[] = [];
  for (let round = 0; round < times; round++) {
    firsts.push(await first());
    others.push(await second());
  }
  return {
    first: median(firsts),
    second: median(others),
    ratio: median(others.map((value, index) => value / firsts[index]!)),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

async function start(
  name: string,
  command: (port: number) => readonly string[],
): Promise<ServerProcess> {
  const server = await startServer(name, serverCore, command);
  servers.push(server);
  return server;
}

async function stop(server: ServerProcess): Promise<void> {
  servers.splice(servers.indexOf(server), 1);
  await server.stop();
}

function writePolicies(count: number): string {
  const policies = join(folder, `policies-${count}`);
  mkdirSync(policies, { recursive: true });
  for (let index = 0; index < count; index++) {
    const name = index === 0 ? 'aikido' : `agent-${index}`;
    writeFileSync(
      join(policies, `${name}.yaml`),
      JSON.stringify({
        apiVersion: 'token-injector.dev/v1alpha1',
        kind: 'TokenPolicy',
        metadata: { name },
        spec: {
          match: {
            podSelector: {
              matchLabels: {
                [index === 0 ? 'aikido-security' : `agent-${index}`]: 'kubernetes-agent',
              },
            },
          },
          secret: { name: `${name}-api-secret` },
          inject: {
            env: [
              { name: index === 0 ? 'AIKIDO_API_TOKEN' : `AGENT_${index}_TOKEN`, key: 'token' },
            ],
          },
        },
      }),
    );
  }
  return policies;
}

function progress(what: string): void {
  process.stderr.write(`measuring: ${what}\n`);
}
