import { randomUUID } from 'node:crypto';
import { deliveryLabel, ownedLabels } from '../src/core/identity.ts';
import { type KubeApi, type KubeObject } from '../src/kube/client/api.ts';
import { createKubeApi } from '../src/kube/client/http-api.ts';
import { resources } from '../src/kube/client/resources.ts';
import { accepted } from '../test/cluster/api.ts';
import { createNamespace } from '../test/cluster/namespaces.ts';
import { agentPolicies } from './agent-policies.ts';
import { alternate } from './alternate.ts';
import { openOrSkip } from './installed-cluster.ts';
import { progress } from './progress.ts';
import type { Figure } from './report.ts';

const count = 1_000;
/** As many as the controller has at work at the same time. */
const atOnce = 10;
const rounds = 5;
const delivered = 'delivered-token';
const bare = 'bare-token';
const labels = { bench: 'delivery' };

/** How soon a Secret is in many namespaces, beside as many bare writes, and what that costs in memory. */
export async function measureDelivery(): Promise<Figure[]> {
  progress('start of a control plane');
  const cluster = await openOrSkip(0);
  if (!cluster) return [];
  try {
    const api = await createKubeApi({ kubeconfig: cluster.kubeconfig });
    const home = await createNamespace(cluster.api, 'home');
    const namespaces = Array.from({ length: count }, (_, index) => `delivered-${index}`);
    progress(`creation of ${count} namespaces`);
    await inParallel(namespaces, (name) =>
      accepted(
        cluster.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }),
      ),
    );
    const [policy] = agentPolicies(1);
    const spec = {
      ...policy!.spec,
      match: { namespaceSelector: { matchLabels: labels } },
      secret: { name: delivered, source: { namespace: home }, everyNamespace: true },
    };
    const { metadata: owner } = await accepted(cluster.api.create({ ...policy!, spec }));
    const ownerReferences = [
      { apiVersion: policy!.apiVersion, kind: policy!.kind, name: owner.name!, uid: owner.uid! },
    ];
    const theSame = { labels: { ...ownedLabels, [deliveryLabel]: owner.name! }, ownerReferences };
    const controller = await cluster.secretsController([delivered]);
    await controller.rest();
    const before = controller.rss();
    const deliver = (): Promise<number> => {
      const data = newData();
      return time(api, delivered, data, () =>
        api.apply(resources.secrets, { metadata: { name: delivered, namespace: home }, data }),
      );
    };
    const write = (): Promise<number> => {
      const data = newData();
      return time(api, bare, data, () =>
        inParallel(namespaces, (namespace) =>
          api.apply(resources.secrets, {
            metadata: { name: bare, namespace, ...theSame },
            type: 'Opaque',
            data,
          }),
        ),
      );
    };
    progress('creation of the Secrets');
    const [created, copied] = [await write(), await deliver()];
    progress('changes of the Secrets');
    const changed = await alternate(write, deliver, rounds);
    await controller.rest();
    const title = `of a Secret in ${count} namespaces`;
    return [
      { name: `creation ${title}, bare writes`, value: created, unit: 's' },
      { name: `creation ${title}, delivery`, value: copied, unit: 's' },
      { name: `change ${title}, bare writes`, value: changed.first, unit: 's' },
      { name: `change ${title}, delivery`, value: changed.second, unit: 's' },
      {
        name: `change ${title}, delivery, ratio to bare writes`,
        value: changed.ratio,
        unit: '',
        target: { atMost: 1.2 },
      },
      { name: 'resident memory before delivery, secrets controller', value: before, unit: 'MiB' },
      {
        name: `resident memory with ${count} copies, secrets controller`,
        value: controller.rss(),
        unit: 'MiB',
      },
    ];
  } finally {
    await cluster.close();
  }
}

function newData(): Readonly<Record<string, string>> {
  return { token: btoa(randomUUID()) };
}

/** Seconds until a watch has brought the data in each of the namespaces. */
async function time(
  api: KubeApi,
  name: string,
  data: Readonly<Record<string, string>>,
  begin: () => Promise<unknown>,
): Promise<number> {
  const selection = { fieldSelector: `metadata.name=${name}` };
  const { resourceVersion } = await api.list(resources.secrets, selection, ({ metadata }) => ({
    metadata,
  }));
  const stopping = new AbortController();
  const reached = new Set<string>();
  const holds = ({ data: now, metadata }: KubeObject) =>
    metadata.namespace?.startsWith('delivered-') &&
    (now as typeof data | undefined)?.['token'] === data['token'];
  let began = 0;
  let begun: Promise<unknown> | undefined;
  for await (const event of api.watch(
    resources.secrets,
    selection,
    resourceVersion,
    stopping.signal,
  )) {
    if (!begun) {
      began = performance.now();
      begun = begin();
    }
    if (event.type === 'BOOKMARK' || !holds(event.object)) continue;
    reached.add(event.object.metadata.namespace!);
    if (reached.size === count) break;
  }
  const seconds = (performance.now() - began) / 1_000;
  stopping.abort();
  await begun;
  return seconds;
}

async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
