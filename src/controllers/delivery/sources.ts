import { sourceMissing } from '../../core/delivery/problem-text.ts';
import type { Delivery } from '../../core/delivery/delivery.ts';
import type { DeliveryProblem } from '../../core/delivery/reasons.ts';
import { type KubeApi, type KubeObject } from '../../kube/client/api.ts';
import { resources } from '../../kube/client/resources.ts';
import { sourceData } from './source-data.ts';

/** What the copies of a Secret are to hold, by its digests; `data` is gone once no work needs it. */
type SourceState =
  | { readonly digests: ReadonlyMap<string, string> }
  | { readonly problem: DeliveryProblem };

type ReadSource =
  | { readonly digests: ReadonlyMap<string, string>; readonly data: ReadonlyMap<string, string> }
  | { readonly problem: DeliveryProblem };

/** The Secrets that policies deliver. Their values are read when something is written, and kept only meanwhile. */
export interface Sources {
  /** What is known without reading: what this version of the Secret makes. */
  known(delivery: Delivery, home: KubeObject): SourceState | undefined;
  /** Reads the Secret for some work; work at the same time shares one read of the same version. */
  during<T>(
    delivery: Delivery,
    home: KubeObject,
    work: (source: ReadSource) => Promise<T>,
  ): Promise<T>;
}

/** Reads nothing yet. */
export function createSources(api: KubeApi, digest: (value: string) => string): Sources {
  const states = new WeakMap<Delivery, { readonly version: string; readonly state: SourceState }>();
  const reads = new WeakMap<
    Delivery,
    { readonly version: string; readonly read: Promise<ReadSource>; users: number }
  >();

  async function read(delivery: Delivery, { metadata }: KubeObject): Promise<ReadSource> {
    const { name } = metadata;
    const secret = await api.get(resources.secrets, name, delivery.source.namespace);
    if (!secret) return { problem: sourceMissing(name, delivery) };
    const data = sourceData(delivery, secret);
    const source =
      data instanceof Map
        ? { data, digests: new Map([...data].map(([key, value]) => [key, digest(value)])) }
        : { problem: data as DeliveryProblem };
    const state = 'problem' in source ? source : { digests: source.digests };
    states.set(delivery, { version: versionOf(secret), state });
    return source;
  }

  return {
    known(delivery, home) {
      const known = states.get(delivery);
      return known?.version === versionOf(home) ? known.state : undefined;
    },
    async during(delivery, home, work) {
      const version = versionOf(home);
      const before = reads.get(delivery);
      const shared =
        before?.version === version ? before : { version, read: read(delivery, home), users: 0 };
      const end = () => {
        if (reads.get(delivery) === shared) reads.delete(delivery);
      };
      shared.users += 1;
      reads.set(delivery, shared);
      // Others that come are to try for themselves.
      shared.read.catch(end);
      try {
        return await work(await shared.read);
      } finally {
        shared.users -= 1;
        if (shared.users === 0) end();
      }
    },
  };
}

function versionOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}/${metadata.uid}/${metadata.resourceVersion}`;
}
