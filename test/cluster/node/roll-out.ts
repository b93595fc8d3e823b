import { accepted, type Api, type KubeObject } from '../api.ts';

interface Deployment extends KubeObject {
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** Fails unless a Deployment has all its pods, of the newest version only. */
export async function checkRollOut(
  api: Api,
  where: { readonly namespace: string; readonly name: string },
): Promise<void> {
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: where };
  const { metadata, spec, status } = await accepted(api.get<Deployment>(deployment));
  const { observedGeneration, replicas, updatedReplicas, availableReplicas } = status;
  const isSeen = observedGeneration === metadata['generation'];
  const counts = [replicas, updatedReplicas, availableReplicas];
  if (!isSeen || !counts.every((count) => count === spec.replicas))
    throw new Error(`${where.name}: ${JSON.stringify(status)}`);
}
