import { isObject } from '../core/json.ts';
import type { KubeApi } from './client/api.ts';
import { resources } from './client/resources.ts';

/** The names of a Secret's keys; undefined where there is no such Secret. Its values go no further than this function. */
export async function readSecretKeys(
  api: Pick<KubeApi, 'get'>,
  name: string,
  namespace: string,
): Promise<readonly string[] | undefined> {
  const secret = await api.get(resources.secrets, name, namespace);
  if (!secret) return undefined;
  return isObject(secret['data']) ? Object.keys(secret['data']) : [];
}
