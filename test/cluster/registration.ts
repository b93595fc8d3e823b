import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { type Api, type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import type { Kubectl } from './kubectl.ts';
import { type WebhookHome, runProgram } from './webhook-process.ts';

/** A policy that sets one variable, for suites that are not about an agent. */
export const variablePolicy = parse(
  readFileSync(path.join(import.meta.dirname, 'variable-policy.yaml'), 'utf8'),
) as { readonly metadata: { readonly name: string }; readonly spec: object };

/** Values of the chart that create it. */
export const variablePolicyValues = {
  policies: { [variablePolicy.metadata.name]: variablePolicy.spec },
};

/** Puts what `token-injector webhook-configuration` prints into the cluster, by kubectl as a user would. */
export async function register(
  kubectl: Kubectl,
  home: WebhookHome,
  address: readonly string[],
): Promise<void> {
  const input = await runProgram([
    'webhook-configuration',
    '--policies',
    home.policies,
    '--ca-file',
    home.caFile,
    // The machine may be busy.
    '--timeout-seconds',
    '5',
    ...address,
  ]);
  const { code, stderr } = await kubectl(['apply', '--server-side', '-f', '-'], { input });
  if (code !== 0) throw new Error(stderr);
}

/** Takes out whatever `register` has put in. */
export async function unregister(kubectl: Kubectl): Promise<void> {
  const kinds =
    'mutatingwebhookconfigurations,validatingadmissionpolicies,validatingadmissionpolicybindings';
  await kubectl([
    'delete',
    kinds,
    '--selector',
    'app.kubernetes.io/name=token-injector',
    '--ignore-not-found',
  ]);
}

/** A bare agent pod. */
export function agentPod(
  namespace: string,
  change: { metadata?: object; spec?: object } = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'agent-',
      namespace,
      labels: { 'aikido-security': 'kubernetes-agent' },
      ...change.metadata,
    },
    spec: { containers: [{ name: 'agent', image: 'registry.example/agent:1.0' }], ...change.spec },
  };
}

interface Named {
  readonly name: string;
}
/** A container as tests look at it. */
export interface ContainerView extends Named {
  readonly env?: readonly (Named & {
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: object };
  })[];
  readonly volumeMounts?: readonly Named[];
}
/** A pod as tests look at it. */
export interface PodView extends KubeObject {
  readonly spec: {
    readonly containers: readonly ContainerView[];
    readonly initContainers?: readonly ContainerView[];
    readonly ephemeralContainers?: readonly ContainerView[];
    readonly volumes?: readonly Named[];
  };
}

/** Whether a container refers to the token of the variable policy in its first variable. */
export function holdsToken({ env }: ContainerView): boolean {
  const [first] = env ?? [];
  return (
    JSON.stringify(first) ===
    '{"name":"AIKIDO_API_TOKEN","valueFrom":{"secretKeyRef":{"name":"aikido-api-secret","key":"token"}}}'
  );
}

/** Waits until the API server asks the webhook: a registration takes effect a moment after it is accepted. */
export async function injectionInForce(api: Api, namespace: string): Promise<void> {
  await eventually('the registration to take effect', async () => {
    const pod = await accepted(
      api.create<PodView>(agentPod(namespace), { query: { dryRun: 'All' } }),
    );
    if (!pod.spec.containers.every(holdsToken)) throw new Error('the pod came back bare');
  });
}
