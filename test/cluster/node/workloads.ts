import { type KubeObject } from '../api.ts';
import { scriptContainer } from './pods.ts';

/** The kinds of workload whose pods a controller of Kubernetes makes. */
export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const;

/** What agents are made of. */
export interface AgentWorkload {
  readonly kind: (typeof workloadKinds)[number];
  readonly namespace: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Prints the hash of the variable and of the file that the agent is to find, a line each, and stays if told to. */
function printHashes(stays: boolean): string {
  return `
    const { createHash } = require('node:crypto');
    const { existsSync, readFileSync } = require('node:fs');
    const hash = (value) => createHash('sha256').update(value).digest('hex');
    const file = '/etc/agent/config.yaml';
    console.log('variable', process.env.AGENT_TOKEN === undefined ? 'absent' : hash(process.env.AGENT_TOKEN));
    console.log('file', existsSync(file) ? hash(readFileSync(file)) : 'absent');
    ${stays ? "process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 60_000);" : ''}`;
}

/** A workload named \`agent\` with not a word of a Secret in it; a CronJob is never due by itself. */
export function agentWorkload({ kind, namespace, image, labels }: AgentWorkload): KubeObject {
  const isJob = kind === 'CronJob';
  const template = {
    metadata: { labels },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [scriptContainer(image, printHashes(!isJob))],
      ...(isJob ? { restartPolicy: 'Never' } : {}),
    },
  };
  const metadata = { namespace, name: kind.toLowerCase() };
  const selector = { matchLabels: labels };
  switch (kind) {
    case 'CronJob':
      return {
        apiVersion: 'batch/v1',
        kind,
        metadata,
        spec: { schedule: '0 0 31 2 *', jobTemplate: { spec: { template } } },
      };
    case 'StatefulSet':
      return {
        apiVersion: 'apps/v1',
        kind,
        metadata,
        spec: { serviceName: 'agent', selector, template },
      };
    default:
      return { apiVersion: 'apps/v1', kind, metadata, spec: { selector, template } };
  }
}
