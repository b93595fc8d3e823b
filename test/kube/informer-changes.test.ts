import { expect, it } from 'vitest';

import type { KubeObject } from '../../src/kube/client/api.ts';
import { resources } from '../../src/kube/client/resources.ts';
import { fakeApi } from './fake-api.ts';
import { watched } from './informed.ts';
import { settle } from './simulated-clock.ts';

const { configMaps } = resources;
const configMap = (name: string, data: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'ours' },
  data,
});

it('says which object changed, as it is kept', async () => {
  const api = fakeApi([configMap('a', { secret: 'x' })]);
  const changed: (KubeObject | undefined)[] = [];
  const { list } = watched(api, {
    project: ({ metadata }) => ({ metadata }),
    onChange: (object) => changed.push(object),
  });
  await list.whenSynced;
  await settle();
  const { metadata } = api.put(configMap('a', { secret: 'y' }));
  await settle();
  api.remove(configMaps, 'a', 'ours');
  await settle();
  const of = expect.objectContaining({ name: 'a', uid: metadata.uid });
  expect(changed).toEqual([undefined, { metadata }, { metadata: of }]);
});
