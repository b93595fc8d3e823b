import { expect } from 'vitest';
import { accepted } from '../api.ts';
import { type RunningPod, logOf } from './pods.ts';
import type { NodeCluster } from './suite.ts';

/** Everything that our programs have logged, and their metrics. */
export async function whatProgramsSay(
  { api, kubectl }: Pick<NodeCluster, 'api' | 'kubectl'>,
  namespace: string,
): Promise<string> {
  const { items } = await accepted(
    api.list<RunningPod>({ apiVersion: 'v1', kind: 'Pod' }, { namespace }),
  );
  const said = [];
  for (const { metadata } of items) {
    const { name = '' } = metadata;
    const port = name.includes('controller') ? 8081 : 8080;
    said.push(await logOf(kubectl, { namespace, name }));
    const metrics = await kubectl([
      'get',
      '--raw',
      `/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy/metrics`,
    ]);
    expect(metrics.stdout).toContain('token_injector_');
    said.push(metrics.stdout);
  }
  return said.join('\n');
}

/** Fails unless webhook, controller and secrets controller have said something, by metrics of theirs alone. */
export function expectAllPrograms(said: string): void {
  for (const line of [
    'token_injector_admission_decisions_total{',
    'token_injector_controller_webhook_reachable 1',
    'token_injector_controller_secret_ready{',
  ])
    expect(said).toContain(line);
}
