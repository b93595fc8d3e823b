import { createHash } from 'node:crypto';
import { accepted } from '../api.ts';
import { printHashOfFile, scriptContainer } from './pods.ts';
import type { NodeCluster } from './suite.ts';

const config = 'apiEndpoint: https://k8s.aikido-security.com\napiToken: an-example\n';
const mountPath = '/etc/kubernetes-agent';

/** Runs a pod as Aikido's chart renders its agent, beside our Secret; it prints the hash of the config.yaml that it reads. */
export async function runAikidoAgent(
  { api, images }: Pick<NodeCluster, 'api' | 'images'>,
  namespace: string,
): Promise<{ readonly name: string; readonly hash: string }> {
  await accepted(
    api.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'aikido-api-secret' },
      stringData: { 'config.yaml': config },
    }),
  );
  const change = { name: 'kubernetes-agent', volumeMounts: [{ name: 'config', mountPath }] };
  const script = printHashOfFile(`${mountPath}/config.yaml`);
  const name = 'agent';
  await accepted(
    api.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name, labels: { 'aikido-security': 'kubernetes-agent' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [scriptContainer(images.agent, script, change)],
        volumes: [{ name: 'config', secret: { secretName: 'of-the-chart', optional: true } }],
      },
    }),
  );
  return { name, hash: createHash('sha256').update(config).digest('hex') };
}
