import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect } from 'vitest';
import { parse } from 'yaml';

import { read, root } from '../../docs/documentation.ts';
import type { ReplayedPage } from '../../docs/replayed-pages.ts';
import { accepted, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import { releaseReady } from './installed-release.ts';
import { printHashOfFile } from './pods.ts';
import type { SectionFixtures } from './replay-page.ts';
import type { NodeCluster } from './suite.ts';

const chart = path.join(root, 'chart');
const own = 'token-injector';
const binding = 'validatingadmissionpolicybinding token-injector-aikido';
const kindsOfNoNamespace =
  'mutatingwebhookconfigurations,validatingadmissionpolicies,validatingadmissionpolicybindings,clusterroles,clusterrolebindings';

/** What readers have and meet where the pages tell of it, and the end of all that. */
interface PageFixtures {
  readonly fixtures: { readonly [page in ReplayedPage]?: SectionFixtures };
  /** Waits until what Helm and the controller made is gone; the CRD and the namespace may stay. */
  readonly nothingLeft: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Says what the pages do not have their readers do; `checkout` is where these work, `values` what the chart needs here. */
export function pageFixtures(
  cluster: NodeCluster,
  {
    checkout,
    values,
  }: { readonly checkout: string; readonly values: Readonly<Record<string, string>> },
): PageFixtures {
  const { api, images } = cluster;
  const run = async (program: 'kubectl' | 'helm', command: string): Promise<string> => {
    const { code, stdout, stderr } = await cluster[program](command.split(' '), {
      timeoutMs: 300_000,
    });
    if (code !== 0) throw new Error(`${program} ${command}: ${stderr}`);
    return stdout;
  };
  const kubectl = (command: string) => run('kubectl', command);
  const helm = (command: string) => run('helm', `${command} --namespace ${own}`);

  const nothingLeft = () =>
    eventually('the end of what Helm and the controller have made', async () => {
      const selection = `-l app.kubernetes.io/name=${own}`;
      expect(await kubectl(`get ${kindsOfNoNamespace} ${selection} -o name`)).toBe('');
      expect(await kubectl(`-n ${own} get pods,secrets,leases -o name`)).toBe('');
    });
  /** Runs the agent of the examples, whose own image is in no registry. */
  const runAgent = async (namespace: string, name: string) => {
    const agent = parse(read('examples/agent.yaml')) as Agent;
    const { metadata, spec } = agent.spec.template;
    const command = ['node', '-e', printHashOfFile('/etc/kubernetes-agent/config.yaml')];
    const container = { ...spec.containers[0], image: images.agent, command };
    const template = { metadata, spec: { containers: [container] } };
    await accepted(
      api.create({ ...agent, metadata: { namespace, name }, spec: { ...agent.spec, template } }),
    );
    await rolledOut(namespace, name);
  };
  const rolledOut = (namespace: string, name: string) =>
    kubectl(`-n ${namespace} rollout status deployment ${name} --timeout=240s`);
  const restart = (namespace: string, name: string) =>
    kubectl(`-n ${namespace} rollout restart deployment ${name}`);
  const scale = (component: string, replicas: number) =>
    kubectl(`-n ${own} scale deployment ${own}-${component} --replicas=${replicas}`);
  const end = async (component: string) => {
    await scale(component, 0);
    await eventually(`the end of the ${component}`, async () => {
      expect(await kubectl(`-n ${own} get pods -o name`)).not.toContain(`${own}-${component}`);
    });
  };
  const denyPods = async () => {
    const spec = JSON.stringify({ spec: { enforce: { missingToken: 'Deny' } } });
    await kubectl(`patch tokenpolicy aikido --type=merge --patch=${spec}`);
    await eventually('the binding', () => kubectl(`get ${binding}`));
  };
  /** What becomes of an agent's pod; fails where it is denied. */
  const tryAgent = () =>
    kubectl(
      '-n aikido run kubernetes-agent --image=example.test/check:1 --labels=aikido-security=kubernetes-agent --dry-run=server -o yaml',
    );
  const copyAgent = (folder: string) => {
    mkdirSync(path.join(checkout, folder), { recursive: true });
    cpSync(path.join(root, 'examples/agent.yaml'), path.join(checkout, folder, 'agent.yaml'));
  };

  const fixtures: PageFixtures['fixtures'] = {
    'README.md': {
      'See that both have their token': () => runAgent('aikido', 'kubernetes-agent'),
    },
    'docs/install.md': {
      // The README has installed it too, and made the namespaces.
      '2. Install the chart': async () => {
        await kubectl('delete namespace aikido shop');
        await helm(`uninstall ${own} --wait`);
        await nothingLeft();
      },
      '3. See that it works': async () => {
        const wait = (condition: string) =>
          kubectl(`wait --for=condition=${condition} tokenpolicy/aikido --timeout=240s`);
        await wait('Ready');
        await wait('Reachable');
        await runAgent('aikido', 'aikido-agent');
        await wait('Injected');
      },
    },
    'docs/secrets.md': {
      'In each namespace': async () => {
        await kubectl('-n aikido delete secret aikido-api-secret');
        await kubectl('create namespace shop');
      },
    },
    'docs/preview.md': {
      // From here on the pages are for those who have policies of their own in a folder.
      Preview: async () => {
        await helm(
          `upgrade ${own} ${chart} --reset-then-reuse-values --set config.agents=null --set config.secretNames={aikido-api-secret} --set enforcement.missingToken.policies={aikido}`,
        );
        const file = path.join(checkout, 'policies/aikido.yaml');
        cpSync(path.join(root, 'examples/agents/aikido.yaml'), file);
        await kubectl(`apply -f ${file}`);
        await kubectl('wait --for=condition=Ready tokenpolicy/aikido --timeout=240s');
      },
      'What it reads': () => {
        copyAgent('overlays/production');
        const file = path.join(checkout, 'overlays/production/kustomization.yaml');
        writeFileSync(file, 'resources: [agent.yaml]\n');
      },
      'In CI': () => copyAgent('manifests'),
    },
    'docs/explain.md': {
      'As a kubectl plugin': async () => {
        await kubectl(
          '-n shop create secret generic aikido-api-secret --from-literal=config.yaml=apiToken:shop',
        );
        await runAgent('shop', 'shop');
      },
    },
    'docs/pods-that-missed-their-token.md': {
      'What a denied pod looks like': async () => {
        await end('webhook');
        // These miss their token, and "Find them" finds them.
        await restart('shop', 'shop');
        await rolledOut('shop', 'shop');
        await denyPods();
        // The API server takes a moment to learn of it.
        await eventually('a denial', () => expect(tryAgent()).rejects.toThrow('denied request'));
        await restart('aikido', 'aikido-agent');
      },
      'The way out': async () => {
        await scale('webhook', 2);
        await releaseReady(api);
      },
    },
    'docs/troubleshooting.md': {
      'Nothing is injected': async () => {
        await tryAgent();
        await eventually('the decision', async () => {
          const log = await kubectl(`-n ${own} logs -l app.kubernetes.io/name=${own} --tail=-1`);
          expect(log).toContain('"dryRun":true');
        });
      },
    },
    'docs/gitops.md': {
      'Health of a TokenPolicy': async () => {
        await kubectl('create namespace argocd');
        await kubectl('-n argocd create configmap argocd-cm');
      },
    },
    'docs/certificates.md': {
      'By yourself': () =>
        eventually('both Secrets', () => kubectl(`-n ${own} get secret ${own}-ca ${own}-tls`)),
      "Back to the controller's": () => releaseReady(api),
    },
    'docs/upgrade-and-uninstall.md': {
      'Break-glass': async () => {
        await denyPods();
        await end('controller');
      },
      Uninstall: () =>
        eventually('an agent with neither a token nor a denial', async () => {
          expect(await tryAgent()).not.toContain('secretName');
        }),
      'If the namespace was deleted': async () => {
        await nothingLeft();
        await kubectl('delete tokenpolicies --all');
        const given = Object.entries({ ...values, 'config.existingSecret.name': 'agent' });
        const set = given.map(([name, value]) => `--set=${name}=${value}`);
        await helm(`install ${own} ${chart} ${set.join(' ')}`);
        await releaseReady(api);
        await kubectl(`delete namespace ${own}`);
      },
    },
  };
  return {
    fixtures,
    nothingLeft,
    async remove() {
      await helm(`uninstall ${own} --ignore-not-found --wait`);
      for (const leftovers of [
        'crd tokenpolicies.token-injector.dev',
        'clusterrolebinding token-policy-readers',
        `namespace ${own}`,
        'namespace aikido shop argocd --wait=false',
      ])
        await kubectl(`delete --ignore-not-found ${leftovers}`);
      await kubectl(`delete ${kindsOfNoNamespace} -l app.kubernetes.io/name=${own}`);
    },
  };
}

/** The parts of the example that differ. */
interface Agent extends KubeObject {
  readonly spec: {
    readonly template: {
      readonly metadata: object;
      readonly spec: { readonly containers: readonly object[] };
    };
  };
}
