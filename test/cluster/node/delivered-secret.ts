import { type Api, type KubeObject, accepted } from '../api.ts';
import { eventually } from '../eventually.ts';

/** Name of the Secret that is delivered. */
export const deliveredSecret = 'delivered-secret';

/** Has a policy that the chart does not create deliver a Secret; resolves with the copy. */
export async function deliverSecret(
  api: Api,
  openNamespace: (prefix: string) => Promise<string>,
): Promise<KubeObject> {
  const from = await openNamespace('home');
  const to = await openNamespace('delivered');
  const secretIn = (namespace: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: deliveredSecret, namespace },
  });
  await accepted(api.create({ ...secretIn(from), stringData: { key: 'value' } }));
  await accepted(
    api.create({
      apiVersion: 'token-injector.dev/v1alpha1',
      kind: 'TokenPolicy',
      metadata: { name: 'delivering' },
      spec: {
        match: { namespaces: [to] },
        secret: { name: deliveredSecret, source: { namespace: from } },
        inject: { env: [{ name: 'DELIVERED', key: 'key' }] },
      },
    }),
  );
  return eventually('the copy', () => accepted(api.get(secretIn(to))));
}
