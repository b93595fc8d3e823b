import { expect } from 'vitest';

import { accepted, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import { hasToken, type TokenReference } from './pod-stream.ts';
import { printHashOfVariable, printed, scriptContainer, type RunningPod } from './pods.ts';
import { checkRollOut } from './roll-out.ts';
import type { NodeCluster } from './suite.ts';

/** Agents that a Deployment runs; each prints the hash of its token. */
export interface AgentDeployment {
  create(): Promise<unknown>;
  pods(): Promise<readonly RunningPod[]>;
  /** Has all its pods made anew, right now; only while none is refused, see below. */
  deletePods(): Promise<unknown>;
  /**
   * Has one pod made anew. Each event of a pod is an attempt of the ReplicaSet, and each one that fails doubles its next
   * pause, which starts at 5 ms and may reach 1000 s; a pod that goes at once makes one event.
   */
  deleteOnePod(): Promise<unknown>;
  /** Has its pods made anew as a rolling update does. */
  restart(): Promise<unknown>;
  /** Waits until it has all its pods, by itself, and each has printed the hash of what the Secret holds. */
  complete(): Promise<void>;
}

interface DeploymentOptions {
  readonly namespace: string;
  readonly replicas: number;
  /** What a policy selects its pods by. */
  readonly labels: Readonly<Record<string, string>>;
  readonly reference: TokenReference;
  /** Of the token. */
  readonly hash: string;
}

/** The spec of an agent's pod. */
export function agentSpec(image: string, { variable }: TokenReference): object {
  return {
    terminationGracePeriodSeconds: 1,
    containers: [scriptContainer(image, printHashOfVariable(variable))],
  };
}

/** Describes a Deployment named `agents`. */
export function agentDeployment(
  { api, kubectl, images }: Pick<NodeCluster, 'api' | 'kubectl' | 'images'>,
  { namespace, replicas, labels, reference, hash }: DeploymentOptions,
): AgentDeployment {
  const selected = { ...labels, app: 'agents' };
  const template = { metadata: { labels: selected }, spec: agentSpec(images.agent, reference) };
  const deployment: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name: 'agents' },
    spec: { replicas, selector: { matchLabels: selected }, template },
  };
  const pods = async () => {
    const kind = { apiVersion: 'v1', kind: 'Pod' };
    const selection = { namespace, labelSelector: 'app=agents' };
    return (await accepted(api.list<RunningPod>(kind, selection))).items;
  };
  let restarts = 0;
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dagents`;
  return {
    create: () => accepted(api.create(deployment)),
    pods,
    deletePods: () => accepted(api.request('DELETE', path)),
    async deleteOnePod() {
      const [pod] = await pods();
      const metadata = { namespace, name: pod?.metadata.name ?? '' };
      const query = { gracePeriodSeconds: 0 };
      await accepted(api.delete({ apiVersion: 'v1', kind: 'Pod', metadata }, { query }));
    },
    restart: () =>
      accepted(
        api.patch(deployment, {
          spec: { template: { metadata: { annotations: { restarted: String(restarts++) } } } },
        }),
      ),
    async complete() {
      // The next attempt of a ReplicaSet may be as far away as the first that failed, see above.
      const patience = { timeoutMs: 400_000 };
      const all = await eventually(
        'the replicas of the workload',
        async () => {
          await checkRollOut(api, { namespace, name: 'agents' });
          const found = await pods();
          const names = found.map(({ metadata }) => metadata.name);
          // One that was told to end counts no more, and must not be asked for its log.
          if (found.length !== replicas) throw new Error(`there are ${names.join(', ')}`);
          return found;
        },
        patience,
      );
      for (const pod of all) {
        expect(hasToken(pod, reference)).toBe(true);
        const where = { namespace, name: pod.metadata.name ?? '' };
        await printed(kubectl, where, hash);
      }
    },
  };
}
