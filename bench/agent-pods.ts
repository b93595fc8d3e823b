import { type KubeObject, accepted } from '../test/cluster/api.ts';
import { eventually } from '../test/cluster/eventually.ts';
import { createNamespace } from '../test/cluster/namespaces.ts';
import type { PolicyView } from '../test/cluster/policy-view.ts';
import { agentPod } from '../test/cluster/registration.ts';
import { agentPolicies } from './agent-policies.ts';
import { createPods } from './create-pods.ts';
import { openOrSkip } from './installed-cluster.ts';
import { progress } from './progress.ts';
import type { Figure } from './report.ts';

const few = 1_250;
const times = 4;

/** What agent pods cost the controller, and how soon it has judged them. */
export async function measureAgentPods(): Promise<Figure[]> {
  progress('start of a control plane with one policy');
  const cluster = await openOrSkip(1);
  if (!cluster) return [];
  const { api } = cluster;
  const [policy] = agentPolicies(1);
  try {
    const namespace = await createNamespace(api, 'agents');
    const agent = podWithToken(namespace);
    const judge = async (pods: number) => {
      progress(`judging ${pods} agent pods`);
      const began = performance.now();
      const controller = await cluster.controller();
      await eventually(
        'the status to count the pods',
        async () => {
          const { status } = await accepted(api.get<PolicyView>(policy!));
          const condition = status?.conditions.find(({ type }) => type === 'Injected');
          if (condition?.message !== `All ${pods} agent pods hold what the policy wants.`)
            throw new Error(condition?.message);
        },
        { intervalMs: 20 },
      );
      const seconds = (performance.now() - began) / 1_000;
      await controller.rest();
      const memory = controller.rss();
      await controller.stop('SIGTERM');
      return { seconds, memory };
    };
    await createPods(api, few, () => agent);
    const before = await judge(few);
    await createPods(api, few * (times - 1), () => agent);
    const after = await judge(few * times);
    const title = (pods: number) => `with ${pods} agent pods, controller`;
    return [
      { name: `start to Injected ${title(few)}`, value: before.seconds, unit: 's' },
      { name: `start to Injected ${title(few * times)}`, value: after.seconds, unit: 's' },
      {
        name: `start to Injected, ${times} times the pods`,
        value: after.seconds / before.seconds,
        unit: 'x',
        target: { atMost: times },
      },
      { name: `resident memory ${title(few)}`, value: before.memory, unit: 'MiB' },
      { name: `resident memory ${title(few * times)}`, value: after.memory, unit: 'MiB' },
      {
        name: `resident memory, ${times} times the pods`,
        value: after.memory / before.memory,
        unit: 'x',
        target: { atMost: times },
      },
    ];
  } finally {
    await cluster.close();
  }
}

/** A pod that holds its token, and the usual rest. */
function podWithToken(namespace: string): KubeObject {
  const literal = (_: unknown, index: number) => ({ name: `SETTING_${index}`, value: 'on' });
  const token = {
    name: 'AIKIDO_API_TOKEN',
    valueFrom: { secretKeyRef: { name: 'aikido-api-secret', key: 'token' } },
  };
  const env = [token, ...Array.from({ length: 20 }, literal)];
  const container = { name: 'agent', image: 'registry.example/agent:1.0', env };
  return agentPod(namespace, { spec: { containers: [container] } });
}
