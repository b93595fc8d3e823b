import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';

import { expect, inject } from 'vitest';

import { read, root } from '../../docs/documentation.ts';
import type { SourcePage } from '../../docs/replayed-pages.ts';
import { accepted, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import { pageValues } from './page-values.ts';
import type { ProvidedNode } from './open-cluster.ts';
import { printHashOfFile, scriptContainer } from './pods.ts';
import { openCheckout, type SectionFixtures } from './replay-page.ts';
import type { NodeCluster } from './suite.ts';

const chart = path.join(root, 'chart');
/** What the reader has set, and no page may drop. */
const ownValue = { logLevel: 'debug' };
const secret = 'aikido-api-secret';
const labels = { 'aikido-security': 'kubernetes-agent' };
const hash = (value: string) => createHash('sha256').update(value).digest('hex');
const newToken = () => `canary-${randomBytes(16).toString('hex')}`;
/** What Aikido's agent reads where the chart makes its file of this token. */
const fileOf = (token: string) =>
  `apiEndpoint: https://k8s.aikido-security.com\napiToken: |-\n  ${token}\n`;

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Replays the pages about where a token comes from; those that rotate it have to bring both tokens to an agent. */
export interface SourcePages {
  /** Resolves to how long the new token took. */
  readonly replayPage: (page: SourcePage) => Promise<string>;
  /** Has the agent store a renewed token, as Aikido's does; it has to stay until somebody asks for the delivered one. */
  readonly expectOwnToken: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Makes a checkout for a reader of these pages, in a folder that is there. */
export function openSourcePages(
  { api, kubectl, helm, images, kubeconfig }: NodeCluster,
  { folder, kubeseal }: { readonly folder: string; readonly kubeseal: string },
): SourcePages {
  const values = pageValues(images.project);
  const openFor = (tokens: readonly [string, string]) => {
    const programs = inject('node') as ProvidedNode;
    return openCheckout({
      folder,
      kubeconfig,
      kubectl: programs.kubectl,
      helm: programs.helm,
      kubeseal,
      values,
      variables: { AIKIDO_API_TOKEN: tokens[0], NEW_TOKEN: tokens[1] },
    });
  };
  const run = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(command.split(' '), { timeoutMs: 300_000 });
    if (code !== 0) throw new Error(`kubectl ${command}: ${stderr}`);
    return stdout;
  };
  const runHelm = async (command: string): Promise<string> => {
    const args = [...command.split(' '), '--namespace=token-injector'];
    const { code, stdout, stderr } = await helm(args, { timeoutMs: 300_000 });
    if (code !== 0) throw new Error(`helm ${command}: ${stderr}`);
    return stdout;
  };
  /**
   * The release of a reader who has set values, but no source. Nobody makes the Secret any more, and the next page finds none:
   * operators do not take over what others made.
   */
  const withoutSource = async () => {
    const given = Object.entries({ ...values, ...ownValue }).map((value) => value.join('='));
    await runHelm(`upgrade token-injector ${chart} --reset-values --set=${given.join(',')}`);
    await run(
      `delete externalsecret,sealedsecret,secret ${secret} --namespace=token-injector --ignore-not-found --wait`,
    );
  };
  /** Runs the agent anew, whose own image is in no registry, once what the page before delivered is replaced. */
  const startAgent = async (token: string) => {
    await run('delete deployment aikido-agent --namespace=aikido --ignore-not-found --wait');
    await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'aikido' } });
    await isDelivered(token);
    await run('wait --for=condition=Ready tokenpolicy/aikido --timeout=240s');
    const script = printHashOfFile('/etc/kubernetes-agent/config.yaml');
    const containers = [scriptContainer(images.agent, script, { name: 'kubernetes-agent' })];
    const template = {
      metadata: { labels },
      spec: { terminationGracePeriodSeconds: 1, containers },
    };
    await accepted(
      api.create({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { namespace: 'aikido', name: 'aikido-agent' },
        spec: { replicas: 1, selector: { matchLabels: labels }, template },
      }),
    );
  };
  const agentHolds = (token: string) =>
    eventually('a pod of the agent with the token', async () => {
      const log = await run(
        'logs --namespace=aikido --selector=aikido-security=kubernetes-agent --tail=-1',
      );
      expect(log.split('\n')).toContain(hash(fileOf(token)));
    });
  const isDelivered = (token: string) =>
    eventually('the delivered Secret', async () => {
      const metadata = { namespace: 'aikido', name: secret };
      const { data = {} } = await accepted(
        api.get<Secret>({ apiVersion: 'v1', kind: 'Secret', metadata }),
      );
      expect(Object.keys(data)).toEqual(['config.yaml']);
      expect(hash(atob(data['config.yaml']!))).toBe(hash(fileOf(token)));
    });
  /** Has the fake provider of External Secrets Operator hold a token. */
  const store = async (token: string) => {
    await accepted(
      api.apply({
        apiVersion: 'external-secrets.io/v1',
        kind: 'SecretStore',
        metadata: { name: 'vault-backend', namespace: 'token-injector' },
        spec: {
          provider: {
            fake: {
              data: [{ key: 'aikido/k8s-agent', value: JSON.stringify({ apiToken: token }) }],
            },
          },
        },
      }),
    );
  };

  return {
    async replayPage(page) {
      const tokens = [writtenTokens[page] ?? newToken(), newToken()] as const;
      const times: number[] = [];
      const start = () => startAgent(tokens[0]);
      const rotates = {
        'Rotate the token': async () => {
          await agentHolds(tokens[0]);
          times.push(performance.now());
          if (page === 'docs/sources/external-secrets-operator.md') await store(tokens[1]);
        },
        'Restart the agent': async () => {
          await isDelivered(tokens[1]);
          times.push(performance.now());
        },
      };
      const sections: Record<SourcePage, SectionFixtures> = {
        'docs/sources/existing-secret.md': {
          '1. Make the Secret': withoutSource,
          '3. Start the agent': start,
          ...rotates,
        },
        'docs/sources/external-secrets-operator.md': {
          '2. Install the chart': async () => {
            await withoutSource();
            await store(tokens[0]);
          },
          '3. Start the agent': start,
          ...rotates,
        },
        'docs/sources/sealed-secrets.md': {
          '1. Seal the Secret': withoutSource,
          '3. Start the agent': start,
          ...rotates,
        },
        'docs/sources/pipeline.md': {
          '1. The pipeline makes a Secret': withoutSource,
          'Start the agent': start,
          ...rotates,
        },
        'docs/security-practices.md': {},
      };
      await openFor(tokens)(read(page), sections[page]);
      const kept: unknown = JSON.parse(await runHelm('get values token-injector --output=json'));
      expect(kept).toMatchObject(ownValue);
      const [changed, delivered] = times;
      if (changed === undefined || delivered === undefined) return `${page}: done`;
      await agentHolds(tokens[1]);
      const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`;
      return `${page}: delivered after ${seconds(changed, delivered)}, in a new pod ${seconds(delivered, performance.now())} later`;
    },
    async expectOwnToken() {
      const metadata = { namespace: 'aikido', name: secret };
      const { body: copy } = await api.get<Secret>({ apiVersion: 'v1', kind: 'Secret', metadata });
      const delivered = copy as Secret;
      // It fails at a Secret without annotations, and reads all of the Secret and writes all of it.
      const annotations = { ...delivered.metadata.annotations, 'helm.sh/resource-policy': 'keep' };
      expect(Object.keys(annotations)).toContain('token-injector.dev/source');
      const token = newToken();
      await accepted(
        api.replace({
          ...delivered,
          metadata: { ...delivered.metadata, annotations },
          data: { 'config.yaml': btoa(fileOf(token)) },
        }),
      );
      await eventually('the reason of SecretReady', async () => {
        const reason = '{.status.conditions[?(@.type=="SecretReady")].reason}';
        expect(await run(`get tokenpolicy aikido --output=jsonpath=${reason}`)).toBe('TakenOver');
      });
      await isDelivered(token);
      await run(`annotate secret ${secret} --namespace=aikido token-injector.dev/resync=true`);
      await eventually('the delivered token', async () => {
        const { data } = await accepted(
          api.get<Secret>({ apiVersion: 'v1', kind: 'Secret', metadata }),
        );
        expect(hash(data!['config.yaml']!)).toBe(hash(delivered.data!['config.yaml']!));
      });
    },
    async remove() {
      await run('delete namespace aikido --ignore-not-found --wait');
    },
  };
}

/** The tokens that pages write out. */
const writtenTokens: { readonly [page in SourcePage]?: string } = {
  'docs/sources/existing-secret.md': 'your-api-token-here',
  'docs/sources/sealed-secrets.md': 'your-api-token',
};
