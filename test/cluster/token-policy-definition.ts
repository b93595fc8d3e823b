import { tokenPolicyDefinition } from '../../src/core/registration/custom-resource-definition.ts';
import { type Api, type ApiResponse, type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';

interface Definition extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** The definition of TokenPolicy in a cluster. */
export interface InstalledDefinition {
  /** What the API server answered to the definition. */
  readonly answer: ApiResponse<KubeObject>;
  /** Takes it away, unless the cluster had one before. */
  remove(): Promise<void>;
}

/** Brings our definition of TokenPolicy into the cluster and waits until policies are served. */
export async function installDefinition(api: Api): Promise<InstalledDefinition> {
  const definition = tokenPolicyDefinition();
  const before = await api.get(definition);
  const answer = await api.apply(definition, { force: true, query: { fieldValidation: 'Strict' } });
  await accepted(answer);
  await eventually('TokenPolicy to be served', async () => {
    const { status } = await accepted(api.get<Definition>(definition));
    const established = status?.conditions?.find(({ type }) => type === 'Established');
    if (established?.status !== 'True') throw new Error('it is not established');
    await accepted(api.list({ apiVersion: 'token-injector.dev/v1alpha1', kind: 'TokenPolicy' }));
  });
  return {
    answer,
    async remove() {
      if (before.ok) return;
      await api.delete(definition);
      await eventually('the definition to be gone', async () => {
        if ((await api.get(definition)).ok) throw new Error('it is still there');
      });
    },
  };
}
