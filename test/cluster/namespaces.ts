import { randomBytes } from 'node:crypto';

import { accepted, type Api } from './api.ts';
import { eventually } from './eventually.ts';

/** Creates a namespace with a name of its own and waits until pods can be created in it; gives back the name. */
export async function createNamespace(
  api: Api,
  prefix: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  await accepted(api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: name },
  };
  await eventually(`the ServiceAccount of namespace ${name}`, () => accepted(api.get(account)));
  return name;
}

/** Asks for the end of a namespace and all that is in it, without waiting for it. */
export async function deleteNamespace(api: Api, name: string): Promise<void> {
  await api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}
