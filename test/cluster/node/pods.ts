import { accepted, type Api, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import type { Kubectl } from '../kubectl.ts';

/** A pod as the kubelet reports on it. */
export interface RunningPod extends KubeObject {
  readonly status: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly ready: boolean;
      readonly restartCount: number;
      readonly state: {
        readonly waiting?: { readonly reason: string; readonly message?: string };
        readonly running?: object;
        readonly terminated?: { readonly exitCode: number; readonly reason: string };
      };
    }[];
  };
}

/** A container that runs a script in the agent image; `change` adds to it or replaces parts. */
export function scriptContainer(image: string, script: string, change: object = {}): object {
  return {
    name: 'agent',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', script],
    ...change,
  };
}

/** A script that prints the hash of a variable's value, never the value, and goes on until it is told to end. */
export function printHashOfVariable(name: string): string {
  return `
    const hash = require('node:crypto').createHash('sha256');
    const value = process.env[${JSON.stringify(name)}];
    console.log(value === undefined ? 'absent' : hash.update(value).digest('hex'));
    ${waitForEnd}`;
}

/** The same of a file's content. */
export function printHashOfFile(file: string): string {
  return `
    const hash = require('node:crypto').createHash('sha256');
    console.log(hash.update(require('node:fs').readFileSync(${JSON.stringify(file)})).digest('hex'));
    ${waitForEnd}`;
}

/** The end of a script that goes on until it is told to end: the first process of a container gets no signal that it does not ask for. */
export const waitForEnd = `process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 60_000);`;

/** Waits until a pod is as `check`, which throws, wants it. */
export function podThat(
  api: Api,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  check: (pod: RunningPod) => void,
): Promise<RunningPod> {
  const reference = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name } };
  return eventually(`pod ${name}`, async () => {
    const pod = await accepted(api.get<RunningPod>(reference));
    check(pod);
    return pod;
  });
}

/** A check for `podThat`: every container runs and is ready. */
export function isReady({ status }: RunningPod): void {
  const { containerStatuses: containers = [] } = status;
  const ready = containers.length > 0 && containers.every((container) => container.ready);
  if (!ready) throw new Error(JSON.stringify(status));
}

/** Waits until a pod's container has written this and nothing else: it runs and is ready a moment before. */
export async function printed(
  kubectl: Kubectl,
  where: { readonly namespace: string; readonly name: string },
  text: string,
): Promise<void> {
  await eventually(`the output of ${where.name}`, async () => {
    const log = await logOf(kubectl, where);
    if (log !== text) throw new Error(`it has written ${JSON.stringify(log)}`);
  });
}

/** What a pod's container has written so far. */
export async function logOf(
  kubectl: Kubectl,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const { code, stdout, stderr } = await kubectl(['logs', '--namespace', namespace, name]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}
