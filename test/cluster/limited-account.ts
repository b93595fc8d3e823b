import { type Api, type KubeObject, accepted } from './api.ts';
import { formatKubeconfig, readKubeconfig } from './kubeconfig.ts';

/** What an account may do: in its namespace, and in the whole cluster. */
interface Rights {
  readonly role?: readonly object[];
  readonly clusterRole?: readonly object[];
}

/** Creates a ServiceAccount with some rights and no other; gives back the text of its kubeconfig. */
export async function createLimitedAccount(
  api: Api,
  create: (object: KubeObject) => Promise<unknown>,
  { kubeconfig, namespace }: { readonly kubeconfig: string; readonly namespace: string },
  { role = [], clusterRole = [] }: Rights,
): Promise<string> {
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'limited', namespace },
  };
  await create(account);
  const grant = async (
    scope: { readonly namespace?: string },
    kind: 'Role' | 'ClusterRole',
    rules: readonly object[],
  ) => {
    if (rules.length === 0) return;
    const apiGroup = 'rbac.authorization.k8s.io';
    const apiVersion = `${apiGroup}/v1`;
    const metadata = { name: `limited-${namespace}`, ...scope };
    await create({ apiVersion, kind, metadata, rules });
    await create({
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      subjects: [{ kind: 'ServiceAccount', name: 'limited', namespace }],
      roleRef: { apiGroup, kind, name: metadata.name },
    });
  };
  await grant({ namespace }, 'Role', role);
  await grant({}, 'ClusterRole', clusterRole);
  const { status } = await accepted(
    api.createUnder<KubeObject & { status: { token: string } }>(account, 'token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3600 },
    }),
  );
  const { server, authority } = readKubeconfig(kubeconfig);
  return formatKubeconfig({ server, authority, token: status.token });
}
