import { alternate, median, quantile } from './alternate.ts';
import { type Target, latencies, throughput } from './load.ts';
import type { Figure } from './report.ts';
import type { ServerProcess } from './server-process.ts';

/** How long and how often to measure. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
}

/** A floor and what is compared with it. */
export interface Pair<T> {
  readonly floor: T;
  readonly webhook: T;
  /** Such as `webhook in a cluster`. */
  readonly name: string;
}

const connections = 16;

/** Times from spawning to ready, by the clock and of the processor. */
export async function compareStarts(
  { floor, webhook, name }: Pair<() => Promise<ServerProcess>>,
  { count = 15, target }: { readonly count?: number; readonly target?: Figure['target'] } = {},
): Promise<Figure[]> {
  const floorCpu: number[] = [];
  const webhookCpu: number[] = [];
  const time = async (begin: () => Promise<ServerProcess>, cpu: number[]) => {
    const server = await begin();
    // What gives back a lease has to be asked to end.
    await server.stop('SIGTERM');
    cpu.push(server.startCpuMilliseconds);
    return server.startMilliseconds;
  };
  const times = await alternate(
    () => time(floor, floorCpu),
    () => time(webhook, webhookCpu),
    count,
  );
  return [
    { name: `start to ready, bare node beside ${name}`, value: times.first, unit: 'ms' },
    { name: `start to ready, ${name}`, value: times.second, unit: 'ms' },
    {
      name: `start to ready, ${name}, ratio to bare node`,
      value: times.ratio,
      unit: '',
      ...(target ? { target } : {}),
    },
    {
      name: `start to ready, ${name}, more processor time than bare node`,
      value: median(webhookCpu) - median(floorCpu),
      unit: 'ms',
    },
  ];
}

/** Requests per second at full load. */
export async function compareRates(
  what: string,
  { floor, webhook, name }: Pair<Target>,
  { rounds, seconds }: Effort,
  target?: Figure['target'],
): Promise<Figure[]> {
  for (const server of [floor, webhook]) await throughput(server, connections, 1);
  const rates = await alternate(
    () => throughput(floor, connections, seconds),
    () => throughput(webhook, connections, seconds),
    rounds,
  );
  return [
    { name: `${what}, floor`, value: rates.first, unit: '/s' },
    { name: `${what}, ${name}`, value: rates.second, unit: '/s' },
    {
      name: `${what}, ${name}, ratio to floor`,
      value: rates.ratio,
      unit: '',
      ...(target ? { target } : {}),
    },
  ];
}

/** Requests per second of one webhook as a ratio to another's. */
export async function compareWebhooks(
  name: string,
  one: Target,
  other: Target,
  { rounds, seconds }: Effort,
): Promise<Figure> {
  await throughput(other, connections, 1);
  const { ratio } = await alternate(
    () => throughput(one, connections, seconds),
    () => throughput(other, connections, seconds),
    rounds,
  );
  return { name, value: ratio, unit: '', target: { atLeast: 0.95 } };
}

/** Latencies at a rate that is far from full load. */
export async function compareLatencies(
  { floor, webhook, name }: Pair<Target>,
  { rounds, seconds }: Effort,
): Promise<Figure[]> {
  const floorRuns: number[][] = [];
  const webhookRuns: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    floorRuns.push(await latencies(floor, connections, 300, seconds));
    webhookRuns.push(await latencies(webhook, connections, 300, seconds));
  }
  return [['p50', 0.5, undefined] as const, ['p99', 0.99, { atMost: 1.5 }] as const].flatMap(
    ([title, part, target]): Figure[] => {
      const first = median(floorRuns.map((run) => quantile(run, part)));
      const second = median(webhookRuns.map((run) => quantile(run, part)));
      return [
        { name: `${title} at 300/s, floor`, value: first, unit: 'ms' },
        { name: `${title} at 300/s, ${name}`, value: second, unit: 'ms' },
        {
          name: `${title} at 300/s, ${name}, ratio to floor`,
          value: second / first,
          unit: '',
          ...(target ? { target } : {}),
        },
      ];
    },
  );
}

/** Resident memory as it is now. */
export function compareMemory({ floor, webhook, name }: Pair<ServerProcess>): Figure[] {
  return [
    { name: 'resident memory after load, floor', value: floor.rss(), unit: 'MiB' },
    { name: `resident memory after load, ${name}`, value: webhook.rss(), unit: 'MiB' },
    {
      name: `resident memory, ${name}, more than floor`,
      value: webhook.rss() - floor.rss(),
      unit: 'MiB',
      target: { atMost: 40 },
    },
  ];
}
