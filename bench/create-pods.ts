import { type Api, type KubeObject, accepted } from '../test/cluster/api.ts';

/** Creates that many pods, several at a time; `podAt` gives the one of an index. */
export async function createPods(
  api: Api,
  count: number,
  podAt: (index: number) => KubeObject,
): Promise<void> {
  let created = 0;
  const create = async () => {
    while (created < count) await accepted(api.create(podAt(created++)));
  };
  await Promise.all(Array.from({ length: 8 }, create));
}
