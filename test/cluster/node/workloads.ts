import { type KubeObject } from '../api.ts';
import { scriptContainer, waitForEnd } from './pods.ts';

/** The kinds of workload whose pods a controller of Kubernetes makes. */
export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'] as const;

/** What agents are made of. */
export interface AgentWorkload {
  readonly kind: (typeof workloadKinds)[number];
  readonly namespace: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** That of the kind, unless it is given. */
  readonly name?: string;
  /** Fields of the container and of the pod beside ours. */
  readonly container?: object;
  readonly spec?: object;
  /** Whether its containers go on until they are told to end; those of a CronJob do not, unless it says so. */
  readonly stays?: boolean;
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
    ${stays ? waitForEnd : ''}`;
}

/** A workload named \`agent\` with not a word of a Secret in it; a CronJob is never due by itself. */
export function agentWorkload(workload: AgentWorkload): KubeObject {
  const { kind, namespace, image, labels, name = kind.toLowerCase(), container, spec } = workload;
  const isJob = kind === 'CronJob';
  const { stays = !isJob } = workload;
  const template = {
    metadata: { labels },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [scriptContainer(image, printHashes(stays), container)],
      ...(isJob ? { restartPolicy: 'Never' } : {}),
      ...spec,
    },
  };
  const metadata = { namespace, name };
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
