import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { accepted, type KubeObject } from '../api.ts';
import { findBinary } from '../binaries.ts';
import { eventually } from '../eventually.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { agentPod } from '../registration.ts';
import { sourcePages } from '../../docs/replayed-pages.ts';
import { installRelease, type Release } from './installed-release.ts';
import type { ProvidedNode } from './open-cluster.ts';
import { printed, printHashOfVariable, scriptContainer } from './pods.ts';
import { openCheckout } from './replay-page.ts';
import {
  installExternalSecretsOperator,
  installSealedSecretsController,
  type InstalledOperator,
} from './secret-operators.ts';
import { openSourcePages, type SourcePages } from './source-pages.ts';
import { describeNode } from './suite.ts';

const name = 'aikido-api-secret';
const newToken = () => `canary-${randomBytes(16).toString('hex')}`;
const hash = (value: string) => createHash('sha256').update(value).digest('hex');

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
interface Conditioned extends KubeObject {
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
}

/** The manifest of the guide to secrets in GitOps; its refreshInterval is 1h. */
const externalSecret = (namespace: string, remoteRef: object): KubeObject => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name, namespace },
  spec: {
    refreshInterval: '1s',
    secretStoreRef: { name: 'vault-backend', kind: 'SecretStore' },
    target: { name, creationPolicy: 'Owner' },
    data: [{ secretKey: 'token', remoteRef }],
  },
});
const secretStore = (namespace: string, provider: object): KubeObject => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'SecretStore',
  metadata: { name: 'vault-backend', namespace },
  spec: { provider },
});

describeNode('Secrets that operators make', (cluster) => {
  const { api, kubectl, images, kubeconfig, node } = cluster;
  const folder = mkdtempSync(path.join(tmpdir(), 'token-injector-sealed-'));
  const operators: InstalledOperator[] = [];
  const namespaces: string[] = [];
  const times: string[] = [];
  let release: Release;
  let kubeseal: string;

  const timed = async <T>(what: string, action: () => Promise<T>): Promise<T> => {
    const begin = performance.now();
    const result = await action();
    times.push(`${what} ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    return result;
  };
  const openNamespace = async (prefix: string) => {
    const namespace = await createNamespace(api, prefix);
    namespaces.push(namespace);
    return namespace;
  };

  beforeAll(async () => {
    // Another cluster cannot pull the images of the operators.
    if (!node) return;
    // Cold, these take minutes to build.
    for (const program of ['external-secrets', 'sealed-secrets-controller'] as const)
      await findBinary(program);
    kubeseal = await findBinary('kubeseal');
    release = await installRelease(cluster);
    for (const [what, install] of [
      ['external-secrets ready', installExternalSecretsOperator],
      ['sealed-secrets ready', installSealedSecretsController],
    ] as const)
      operators.push(await timed(what, () => install(cluster)));
  }, 1_800_000);
  afterAll(async () => {
    process.stderr.write(`operators: ${times.join(', ')}\n`);
    rmSync(folder, { recursive: true });
    for (const namespace of namespaces) await deleteNamespace(api, namespace);
    for (const operator of operators) await operator.remove();
    await release?.remove();
  });

  /** Waits until the operator has made the Secret of this token, and says so in its own object. */
  async function delivered(
    namespace: string,
    token: string,
    [apiVersion, kind, condition]: readonly [string, string, string],
  ): Promise<void> {
    const metadata = { name, namespace };
    await eventually(`the Secret of the ${kind}`, async () => {
      const { data } = await accepted(
        api.get<Secret>({ apiVersion: 'v1', kind: 'Secret', metadata }),
      );
      expect(Object.keys(data ?? {})).toEqual(['token']);
      expect(hash(atob(data!['token']!))).toBe(hash(token));
    });
    await eventually(`${condition} of the ${kind}`, async () => {
      const { status } = await accepted(api.get<Conditioned>({ apiVersion, kind, metadata }));
      expect(status?.conditions).toContainEqual(
        expect.objectContaining({ type: condition, status: 'True' }),
      );
    });
  }

  /** Starts an agent that names no Secret; it has to print the hash of this token. */
  async function starts(namespace: string, token: string): Promise<void> {
    const metadata = { name: `agent-${hash(token).slice(0, 8)}`, generateName: undefined };
    const containers = [scriptContainer(images.agent, printHashOfVariable('AIKIDO_API_TOKEN'))];
    await accepted(
      api.create(
        agentPod(namespace, { metadata, spec: { terminationGracePeriodSeconds: 1, containers } }),
      ),
    );
    await printed(kubectl, { namespace, name: metadata.name }, hash(token));
    await accepted(
      api.delete(
        { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: metadata.name } },
        { query: { gracePeriodSeconds: 0 } },
      ),
    );
  }

  /** Puts a token where the operator finds it, then another one; each time a new pod has to hold it. */
  async function followsSource(
    namespace: string,
    source: readonly [string, string, string],
    put: (token: string) => Promise<void>,
  ): Promise<void> {
    for (const what of ['from nothing', 'after a change']) {
      const token = newToken();
      await timed(`${source[1]} ${what}: in the Secret`, async () => {
        await put(token);
        await delivered(namespace, token, source);
      });
      await timed('in a pod', () => starts(namespace, token));
    }
  }

  const byExternalSecrets = ['external-secrets.io/v1', 'ExternalSecret', 'Ready'] as const;

  it.runIf(node)('External Secrets Operator takes the token from a fake store', async () => {
    const namespace = await openNamespace('fake-store');
    await followsSource(namespace, byExternalSecrets, async (token) => {
      const value = JSON.stringify({ apiToken: token });
      const data = [{ key: 'aikido/k8s-agent', value }];
      await accepted(api.apply(secretStore(namespace, { fake: { data } })));
      const remoteRef = { key: 'aikido/k8s-agent', property: 'apiToken' };
      await accepted(api.apply(externalSecret(namespace, remoteRef)));
    });
  });

  it.runIf(node)('External Secrets Operator takes it from another namespace', async () => {
    const namespace = await openNamespace('other-namespace');
    const remoteNamespace = await openNamespace('vault');
    const source = { name: 'k8s-agent', namespace: remoteNamespace };
    const account = { name: 'secret-reader', namespace };
    await readableFor(account, source);
    // The address, since there is no cluster DNS.
    const { spec } = await accepted(
      api.get<{ readonly spec: { readonly clusterIP: string } }>({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: 'default', name: 'kubernetes' },
      }),
    );
    const caProvider = { type: 'ConfigMap', name: 'kube-root-ca.crt', key: 'ca.crt' };
    const kubernetes = {
      remoteNamespace,
      server: { url: `https://${spec.clusterIP}`, caProvider },
      auth: { serviceAccount: { name: account.name } },
    };
    await accepted(api.apply(secretStore(namespace, { kubernetes })));
    await followsSource(namespace, byExternalSecrets, async (token) => {
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: source };
      await accepted(api.apply({ ...secret, stringData: { apiToken: token } }));
      const remoteRef = { key: source.name, property: 'apiToken' };
      await accepted(api.apply(externalSecret(namespace, remoteRef)));
    });
  });

  /** Lets an account read one Secret of another namespace. */
  async function readableFor(
    account: { readonly name: string; readonly namespace: string },
    secret: { readonly name: string; readonly namespace: string },
  ): Promise<void> {
    const rbac = 'rbac.authorization.k8s.io';
    const metadata = { name: account.name, namespace: secret.namespace };
    const rules = [
      { apiGroups: [''], resources: ['secrets'], resourceNames: [secret.name], verbs: ['get'] },
    ];
    await accepted(api.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: account }));
    await accepted(api.create({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules }));
    await accepted(
      api.create({
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: rbac, kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', ...account }],
      }),
    );
  }

  it.runIf(node)('Sealed Secrets opens what the command of the guide has sealed', async () => {
    const namespace = await openNamespace('sealed');
    const own = path.join(folder, 'kubeconfig');
    copyFileSync(kubeconfig, own);
    const { kubectl: program, helm } = inject('node') as ProvidedNode;
    const source = ['bitnami.com/v1alpha1', 'SealedSecret', 'Synced'] as const;
    await followsSource(namespace, source, async (token) => {
      const replayPage = openCheckout({
        folder,
        kubeconfig: own,
        kubectl: program,
        helm,
        kubeseal,
        values: {},
        variables: { AIKIDO_API_TOKEN: token },
      });
      await replayPage(`
\`\`\`sh
kubectl config set-context --current --namespace=${namespace}
echo -n "$AIKIDO_API_TOKEN" | kubectl create secret generic aikido-api-secret \\
  --dry-run=client --from-file=token=/dev/stdin -o yaml | \\
  kubeseal -o yaml > aikido-sealed-secret.yaml
kubectl apply -f aikido-sealed-secret.yaml
\`\`\`
`);
      const sealed = readFileSync(path.join(folder, 'checkout/aikido-sealed-secret.yaml'), 'utf8');
      expect(sealed).toContain(`namespace: ${namespace}`);
      expect([token, btoa(token)].some((form) => sealed.includes(form))).toBe(false);
    });
  });

  describe.runIf(node)('the commands of', () => {
    let pages: SourcePages;
    beforeAll(() => {
      pages = openSourcePages(cluster, { folder, kubeseal });
    });
    afterAll(() => pages.remove());

    it.for(sourcePages)('%s bring a token to an agent, and another one', async (page) => {
      const { replayPage } = pages;
      times.push(await replayPage(page));
    });

    it('leave to the agent what it stores itself', async () => {
      const { expectOwnToken } = pages;
      await expectOwnToken();
    });
  });
});
