import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Policy, bySecret, keysOf } from '../../../src/core/policy/compile-policy.ts';
import { readPolicy } from '../../case-folder.ts';
import { run } from '../../commands/program.ts';
import { readCatalogue, readTrial } from '../../../tools/agents/catalogue.ts';
import type { PodSpec } from '../../../tools/agents/token-source.ts';
import type { KubeObject } from '../api.ts';
import { scriptContainer, waitForEnd } from './pods.ts';

/** What a new user of an agent has: what its chart renders, and the first policies that `init` proposes for that. */
export interface AgentTrial {
  /** What `init` printed. */
  readonly policyText: string;
  readonly policies: readonly Policy[];
  /** What the pods need beside the webhook: Secrets of the user and of the chart, and ServiceAccounts. */
  readonly prerequisites: readonly KubeObject[];
  /** Of the chart's form; each container prints hashes of what it reads, and never a token. */
  readonly workloads: readonly KubeObject[];
  /** What is printed where each container reads the token that the policy means. */
  readonly expected: readonly string[];
}

type Workload = KubeObject & {
  readonly spec: { readonly template: { readonly spec: PodSpec & Record<string, unknown> } };
};

const root = join(import.meta.dirname, '../../..');
const catalogue = readCatalogue(root);

/** Prepares the trial of an agent of the catalogue, whose pods run in a namespace. */
export async function prepareTrial(
  agent: string,
  namespace: string,
  image: string,
): Promise<AgentTrial> {
  const trial = readTrial(
    root,
    catalogue.find(({ name }) => name === agent)!,
  );
  const rendered = parseAllDocuments(trial.workloads).map((one) =>
    inNamespace(one.toJS() as Workload, namespace),
  );
  const stdin = rendered.map((workload) => JSON.stringify(workload)).join('\n---\n');
  const init = await run(['init', '--from', '-', '--namespace', namespace], { stdin });
  if (init.code !== 0) throw new Error(init.stderr);
  const policies = parseAllDocuments(init.stdout).map((one) => readPolicy(one.toJS()));
  const secrets = bySecret(policies.flatMap(({ secretKeys }) => secretKeys));
  const made = { apiVersion: 'v1', kind: 'Secret' };
  const named = (name: string) => ({ metadata: { name, namespace } });
  return {
    policyText: init.stdout,
    policies,
    prerequisites: [
      ...[...secrets].map(([name, keys]) => ({
        ...made,
        ...named(name),
        stringData: Object.fromEntries(keysOf(keys).map((key) => [key, tokenOf(name, key)])),
      })),
      ...[...chartSecrets(rendered, secrets)].map(([name, keys]) => ({
        ...made,
        ...named(name),
        stringData: Object.fromEntries([...keys].map((key) => [key, 'of the chart'])),
      })),
      ...chartConfigMaps(rendered).map((name) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        ...named(name),
      })),
      ...[...new Set(rendered.map(accountOf))].map((name) => ({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        ...named(name),
      })),
    ],
    workloads: rendered.map((workload) => {
      const prints = (container: string) => {
        const places = trial.reads.filter(
          (place) => place.workload === workload.metadata.name && place.container === container,
        );
        return printHashes(
          `${agent} ${workload.metadata.name} ${container}`,
          places.map(({ subject }) => subject),
        );
      };
      return runnable(workload, image, prints);
    }),
    expected: trial.reads.map(({ workload, container, subject }) => {
      const { secret, key } = sourceOf(policies, subject);
      return [agent, workload, container, subject, hash(tokenOf(secret, key))].join(' ');
    }),
  };
}

/** Different for each key, so that no container has the right one by chance. */
function tokenOf(secret: string, key: string): string {
  return `a token of ${secret} as ${key}`;
}

function hash(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

/** What the policies have in a variable, or in a file by its absolute path. */
function sourceOf(policies: readonly Policy[], subject: string) {
  const files = policies.flatMap((policy) => policy.files);
  const items = files.flatMap(({ mountPath, volume: { secret } }) =>
    (secret.items ?? []).map(({ key, path }) => ({
      subject: `${mountPath}/${path}`,
      secret: secret.secretName,
      key,
    })),
  );
  const variables = policies.flatMap(({ env }) =>
    env.map(({ name, entry }) => {
      const { name: secret, key } = entry.valueFrom.secretKeyRef;
      return { subject: name, secret, key };
    }),
  );
  return [...items, ...variables].find((one) => one.subject === subject)!;
}

/** The Secrets with their keys that the chart makes: all that it refers to and does not ask the user for. */
function chartSecrets(
  workloads: readonly Workload[],
  ofUser: ReadonlyMap<string, unknown>,
): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const add = (secret: string, key = 'key') => {
    if (secret === 'placeholder' || ofUser.has(secret)) return;
    found.set(secret, (found.get(secret) ?? new Set<string>()).add(key));
  };
  const text = JSON.stringify(workloads);
  for (const [, name = '', key] of text.matchAll(
    /"secretKeyRef":\{"name":"([^"]+)","key":"([^"]+)"/g,
  ))
    add(name, key);
  for (const [, name = ''] of text.matchAll(/"(?:secretRef":\{"name|secretName)":"([^"]+)"/g))
    add(name);
  return found;
}

function chartConfigMaps(workloads: readonly Workload[]): string[] {
  const names = JSON.stringify(workloads).matchAll(/"configMap(?:Ref)?":\{"name":"([^"]+)"/g);
  return [...new Set([...names].map(([, name = '']) => name))];
}

function accountOf({ spec }: Workload): string {
  return String(spec.template.spec['serviceAccountName']);
}

/** The workload with an image that is there, and programs that print instead of the agent's. */
function runnable(
  workload: Workload,
  image: string,
  prints: (container: string) => string,
): Workload {
  const { template } = workload.spec;
  const { spec } = template;
  const start = (containers: readonly { readonly name: string }[] = [], end = '') =>
    containers.map((container) => ({
      ...scriptContainer(image, prints(container.name) + end),
      ...container,
      image,
    }));
  const runs = {
    ...spec,
    terminationGracePeriodSeconds: 1,
    initContainers: start(spec.initContainers),
    containers: start(spec.containers, waitForEnd),
  };
  const labels = {
    ...(template as unknown as KubeObject).metadata['labels']!,
    [trialLabel]: 'yes',
  };
  return {
    ...workload,
    spec: { ...workload.spec, template: { ...template, metadata: { labels }, spec: runs } },
  } as Workload;
}

/** On all pods of trials. */
export const trialLabel = 'trial';

function inNamespace<T extends KubeObject>(object: T, namespace: string): T {
  return { ...object, metadata: { ...object.metadata, namespace } };
}

function printHashes(place: string, subjects: readonly string[]): string {
  return `
    const { createHash } = require('node:crypto');
    const { readFileSync } = require('node:fs');
    for (const subject of ${JSON.stringify(subjects)}) {
      let value = process.env[subject];
      try {
        value ??= readFileSync(subject);
      } catch {}
      const hash = value === undefined ? 'absent' : createHash('sha256').update(value).digest('hex');
      console.log(${JSON.stringify(place)}, subject, hash);
    }
    `;
}
