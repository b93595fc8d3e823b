import { readFileSync } from 'node:fs';

import { findBinary } from '../binaries.ts';
import { eventually } from '../eventually.ts';
import { openProcessGroup, whileRunning, type ProcessGroup } from '../process-group.ts';
import { nodeName } from './kubelet.ts';

/**
 * Starts what enforces NetworkPolicies on a node, whose namespaces `supervisor` is in; they hold for connections that begin
 * from then on, until the group is closed. What the node itself sends to `exposedPort` is judged as well.
 */
export async function startNetworkPolicyAgent(
  { kubeconfig, supervisor }: { readonly kubeconfig: string; readonly supervisor: number },
  exposedPort: number,
): Promise<Pick<ProcessGroup, 'close'>> {
  const file = await findBinary('network-policy-agent');
  const group = openProcessGroup();
  try {
    const inside = ['--target', String(supervisor), '--net', '--mount', '--', file];
    const flags = { kubeconfig, node: nodeName, 'exposed-port': exposedPort };
    const agent = await group.start('network-policy-agent', 'nsenter', [
      ...inside,
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    ]);
    await whileRunning([agent], (signal) =>
      eventually(
        'the enforcement of NetworkPolicies',
        () => {
          const lines = readFileSync(agent.log, 'utf8').split('\n');
          if (!lines.includes('enforcing')) throw new Error('it has not begun');
        },
        { signal },
      ),
    );
    return group;
  } catch (error) {
    await group.close();
    throw error;
  }
}
