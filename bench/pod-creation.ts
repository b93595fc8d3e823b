import { type Api, type KubeObject, accepted } from '../test/cluster/api.ts';
import { eventually } from '../test/cluster/eventually.ts';
import { createNamespace } from '../test/cluster/namespaces.ts';
import { type AdmissionTime, admissionTime, timeBetween } from './admission-time.ts';
import { quantile } from './alternate.ts';
import { type InstalledCluster, type Registration, configuration } from './installed-cluster.ts';
import type { Figure } from './report.ts';
import { agentReview } from './review.ts';

/** Who is asked about a new pod: nobody, the floor, the webhook. */
type Asked = 'nobody' | 'floor' | 'webhook';

/** Pods that are created one after the other. */
interface Series {
  readonly name: string;
  readonly pod: KubeObject;
  readonly dryRun: boolean;
  /** In each round. */
  readonly count: number;
  /** Milliseconds of each. */
  readonly times: Readonly<Record<Asked, number[]>>;
}

/** How long the creation of a pod takes without a registration, with the floor's and with ours, as its creator sees it. */
export async function comparePodCreation(
  { api, registration, floorRegistration }: InstalledCluster,
  rounds: number,
): Promise<Figure[]> {
  const namespace = await createNamespace(api, 'agents');
  const agent = agentPod(namespace);
  const other = { ...agent, metadata: { ...agent.metadata, labels: { app: 'shop' } } };
  const series: readonly Series[] = [
    { name: "an agent's pod, dry run", pod: agent, dryRun: true, count: 200 },
    { name: "an agent's pod", pod: agent, dryRun: false, count: 40 },
    { name: 'another pod, dry run', pod: other, dryRun: true, count: 100 },
  ].map((one) => ({ ...one, times: { nobody: [], floor: [], webhook: [] } }));
  const ours = (await registration())!;
  const configurations: Readonly<Record<Asked, Registration | undefined>> = {
    nobody: undefined,
    floor: floorRegistration(ours),
    webhook: ours,
  };
  const spent: Record<Asked, AdmissionTime[]> = { nobody: [], floor: [], webhook: [] };
  for (let round = 0; round < rounds; round++) {
    for (const asked of ['nobody', 'floor', 'webhook'] as const) {
      await register(api, configurations[asked], agent);
      const before = await admissionTime(api);
      for (const one of series) one.times[asked].push(...(await measure(api, one)));
      spent[asked].push(timeBetween(before, await admissionTime(api)));
    }
  }
  return [
    ...series.flatMap(figuresOf),
    ...(['floor', 'webhook'] as const).flatMap((asked) => timeFigures(asked, spent[asked])),
  ];
}

function figuresOf({ name, times }: Series): Figure[] {
  return [['p50', 0.5] as const, ['p99', 0.99] as const].flatMap(([title, part]) => {
    const base = quantile(times.nobody, part);
    const share = (asked: Asked) => quantile(times[asked], part) - base;
    const of = `${title} of creating ${name}`;
    return [
      { name: `${of}, nobody asked`, value: base, unit: 'ms' },
      { name: `${of}, more with the floor`, value: share('floor'), unit: 'ms' },
      { name: `${of}, more with the webhook`, value: share('webhook'), unit: 'ms' },
    ];
  });
}

function timeFigures(asked: Asked, spent: readonly AdmissionTime[]): Figure[] {
  const sum = (part: keyof AdmissionTime) => spent.reduce((total, one) => total + one[part], 0);
  const what = `the API server's own time for the ${asked}`;
  const quick = (sum('quick') / sum('count')) * 100;
  return [
    { name: `${what}, mean`, value: (sum('seconds') / sum('count')) * 1_000, unit: 'ms' },
    { name: `${what}, within 5 ms`, value: quick, unit: '%' },
  ];
}

/** Milliseconds of each. */
async function measure(api: Api, { pod, dryRun, count }: Series): Promise<number[]> {
  const options = dryRun ? { query: { dryRun: 'All' } } : {};
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const began = performance.now();
    await accepted(api.create(pod, options));
    times.push(performance.now() - began);
  }
  return times;
}

interface Injected extends KubeObject {
  readonly spec: { readonly containers: readonly { readonly env?: readonly { name: string }[] }[] };
}

/** Puts a registration in the place of whatever is there; returns when it is in force and all on the way is warm. */
async function register(
  api: Api,
  wanted: Registration | undefined,
  agent: KubeObject,
): Promise<void> {
  await api.delete(configuration);
  await createUntil(api, agent, (pod) => !isInjected(pod));
  if (wanted) await accepted(api.create(withoutIdentity(wanted)));
  await createUntil(api, agent, (pod) => isInjected(pod) === (wanted !== undefined));
  for (let count = 0; count < 20; count++) await createUntil(api, agent, () => true);
}

async function createUntil(
  api: Api,
  agent: KubeObject,
  isRight: (pod: Injected) => boolean,
): Promise<void> {
  await eventually(
    'the registration to take effect',
    async () => {
      const pod = await accepted(api.create<Injected>(agent, { query: { dryRun: 'All' } }));
      if (!isRight(pod)) throw new Error('it has not');
    },
    { intervalMs: 20 },
  );
}

function isInjected({ spec }: Injected): boolean {
  return spec.containers.some(({ env }) => env?.some(({ name }) => name === 'AIKIDO_API_TOKEN'));
}

function withoutIdentity({ metadata, ...rest }: Registration): KubeObject {
  const { uid: _, resourceVersion: __, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/** The pod of `agentReview`, as it is before anyone has changed it. */
function agentPod(namespace: string): KubeObject {
  const { request } = JSON.parse(agentReview()) as { request: { object: KubeObject } };
  const { metadata, spec, apiVersion, kind } = request.object;
  const { generateName, labels, annotations } = metadata;
  return {
    apiVersion,
    kind,
    metadata: { generateName, namespace, labels, annotations } as KubeObject['metadata'],
    spec: { ...(spec as object), serviceAccountName: 'default' },
  };
}
