import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { shownCertificate } from '../certificates/shown-certificate.ts';
import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { tokenPolicyDefinition } from '../../src/core/registration/custom-resource-definition.ts';
import { mutatingWebhookConfiguration } from '../../src/core/registration/mutating-webhook.ts';
import { probeEntry } from '../../src/core/registration/probe.ts';
import { operationsOf, podOf } from '../commands/running-webhook.ts';
import { policyText } from '../runtime/temporary-folder.ts';
import { reviewOf } from '../server/webhook-under-test.ts';
import { accepted, createApi, type Api, type KubeObject } from './api.ts';
import { findControlPlaneBinaries } from './binaries.ts';
import {
  forgetAccount,
  secretName,
  startClusterWebhook,
  type ClusterWebhook,
} from './cluster-webhook.ts';
import { startControlPlane } from './control-plane.ts';
import { eventually } from './eventually.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import type { PodView } from './registration.ts';
import { describeCluster } from './suite.ts';
import { installDefinition, type InstalledDefinition } from './token-policy-definition.ts';
import { testHost } from './webhook-process.ts';

const policy = (name: string, secret?: string) =>
  JSON.parse(policyText(name, secret)) as KubeObject;
const issue = () => issueDevelopmentCertificate([testHost], new Date());
type Issued = Awaited<ReturnType<typeof issue>>;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const readyLine = /^200 (?:\[\+\].*\n)+readyz check passed$/m;

const tlsSecret = (namespace: string, cert: string, key: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: secretName, namespace },
  type: 'kubernetes.io/tls',
  data: { 'tls.crt': base64(cert), 'tls.key': base64(key) },
});

const says = (webhook: ClusterWebhook, page: string, text: string | RegExp) =>
  eventually(`${page} to say ${text}`, async () => {
    const said = await webhook.page(page);
    if (typeof text === 'string') expect(said).toContain(text);
    else expect(said).toMatch(text);
  });

/** What a pod of a policy gets, as the Secret that its first variable refers to. */
async function secretOfPod(api: Api, namespace: string, name: string): Promise<string | undefined> {
  const { metadata, ...pod } = podOf(name);
  const created = await accepted(
    api.create<PodView>(
      { ...pod, metadata: { ...metadata, namespace } },
      { query: { dryRun: 'All' } },
    ),
  );
  const [env] = created.spec.containers[0]!.env ?? [];
  return (env?.valueFrom?.secretKeyRef as { name: string } | undefined)?.name;
}

/** Registers the webhook for policies, be they there or not, and for our own probes; fails only where it must. */
async function register(
  api: Api,
  { url }: ClusterWebhook,
  ca: string,
  ownNamespace: string,
  names: readonly string[],
): Promise<void> {
  const parsed = names.map((name) => parsePolicy(policy(name)));
  const set = policySet(parsed.flatMap((one) => (one.ok ? [one.policy] : [])));
  const registration = { address: { url }, cas: [ca], ownNamespace, timeoutSeconds: 5 };
  const configuration = mutatingWebhookConfiguration(set, registration);
  const webhooks = [...configuration.webhooks, probeEntry(registration)];
  await accepted(api.apply({ ...configuration, webhooks }, { force: true }));
  await eventually('the registration to take effect', async () => {
    const data = (await accepted(api.create(probeOf(ownNamespace), { query: { dryRun: 'All' } })))[
      'data'
    ];
    expect(data).toEqual({ answered: 'token-injector' });
  });
}

/** Answers to a question that is asked again and again. */
interface Asking<Answer> {
  readonly soFar: readonly Answer[];
  /** Waits for the next answers. */
  more(): Promise<void>;
  /** Fails if one did not come. */
  stop(): Promise<void>;
}

function startAsking<Answer>(ask: () => Promise<Answer>): Asking<Answer> {
  const soFar: Answer[] = [];
  const end = new AbortController();
  const asking = (async () => {
    while (!end.signal.aborted) {
      soFar.push(await ask());
      await sleep(10);
    }
  })();
  // Whoever stops it is told.
  asking.catch(() => undefined);
  return {
    soFar,
    async more() {
      const goal = soFar.length + 2;
      const answers = eventually('more answers', () =>
        expect(soFar.length).toBeGreaterThanOrEqual(goal),
      );
      await Promise.race([answers, asking]);
    },
    async stop() {
      end.abort();
      await asking;
    },
  };
}

const probeOf = (namespace: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'probe', namespace, labels: { 'token-injector.dev/probe': 'true' } },
});
const configuration = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'token-injector' },
};

describeCluster('a webhook with the policies of the cluster', ({ api, kubeconfig }) => {
  const names = ['one', 'two', 'three', 'four', 'five'];
  let own = '';
  let agents = '';
  let definition: InstalledDefinition;
  let webhook: ClusterWebhook;
  let first: Issued;
  beforeEach(async () => {
    definition = await installDefinition(api);
    own = await createNamespace(api, 'webhook');
    agents = await createNamespace(api, 'agents');
    first = await issue();
    webhook = await startClusterWebhook(api, readKubeconfig(kubeconfig), own);
  });
  afterEach(async () => {
    await api.delete(configuration);
    await webhook.close();
    for (const name of names) await api.delete(policy(name));
    await forgetAccount(api, own);
    await deleteNamespace(api, own);
    await deleteNamespace(api, agents);
    await definition.remove();
  });
  const serveCertificate = async () => {
    await accepted(api.apply(tlsSecret(own, first.cert, first.key), { force: true }));
    await says(webhook, '/readyz', readyLine);
  };

  it('decides by policies as they come, change and go, the first pod after each creation included', async () => {
    await serveCertificate();
    await register(api, webhook, first.ca, own, names);
    expect(await secretOfPod(api, agents, 'one')).toBeUndefined();
    for (const name of names) {
      await accepted(api.create(policy(name)));
      expect(await secretOfPod(api, agents, name)).toBe(`${name}-secret`);
    }
    await accepted(api.apply(policy('two', 'another'), { force: true }));
    await eventually('the change to take effect', async () =>
      expect(await secretOfPod(api, agents, 'two')).toBe('another'),
    );
    await accepted(api.delete(policy('two')));
    await eventually('the policy to be gone', async () =>
      expect(await secretOfPod(api, agents, 'two')).toBeUndefined(),
    );
    await eventually('the log to say so', () =>
      expect(webhook.log()).toContain('"reason":"policy-unknown"'),
    );
    expect(await secretOfPod(api, agents, 'one')).toBe('one-secret');
  });

  it('fails where a policy is not valid, which lets its pods in; the others stay in force', async () => {
    await accepted(api.create(policy('one')));
    await serveCertificate();
    await register(api, webhook, first.ca, own, names);
    const whole = tokenPolicyDefinition();
    const schema = {
      openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    };
    const versions = whole.spec.versions.map((version) => ({ ...version, schema }));
    // As if it was stored before a rule was made.
    await accepted(api.apply({ ...whole, spec: { ...whole.spec, versions } }, { force: true }));
    const notValid = { ...policy('two'), spec: { secret: { name: 'two' }, tokn: 'AIK_CANARY' } };
    await eventually('it to be accepted', () => accepted(api.create(notValid)));
    await says(webhook, '/readyz', '[+]policies ok: not valid, see kubectl describe tp: two');
    expect(await secretOfPod(api, agents, 'two')).toBeUndefined();
    expect(await webhook.review('two', reviewOf(podOf('two')))).toMatchObject({
      status: 500,
      text: 'token-injector: TokenPolicy two is not valid and decides nothing: see kubectl describe tp two\n',
    });
    expect(await secretOfPod(api, agents, 'one')).toBe('one-secret');
    // Lines are written in batches.
    await eventually('the log to say so', () =>
      expect(webhook.log()).toContain('policy not valid, requests about it fail'),
    );
    expect(webhook.log()).not.toContain('AIK_CANARY');
  });

  it('waits for its certificate, follows its changes, and keeps it when the Secret goes or is spoilt', async () => {
    await accepted(api.create(policy('one')));
    const waiting = `[-]certificate failed: waiting for Secret ${own}/${secretName}: `;
    await says(webhook, '/readyz', `${waiting}Secret ${own}/${secretName} does not exist`);
    await says(webhook, '/readyz', /^503 .*\n.*\n\[\+\]policies ok\n/);
    await serveCertificate();
    const fingerprint = ({ cert }: Issued) => new X509Certificate(cert).fingerprint256;
    expect(await shownCertificate(webhook.port, '127.0.0.1')).toBe(fingerprint(first));
    await register(api, webhook, first.ca, own, names);

    const spoilt: [string, () => Promise<unknown>][] = [
      ['has no tls.crt', () => accepted(api.apply(tlsSecret(own, '', ''), { force: true }))],
      [
        'cannot be read',
        () => accepted(api.apply(tlsSecret(own, 'AIK_CANARY', 'AIK_CANARY'), { force: true })),
      ],
      ['does not exist', () => accepted(api.delete(tlsSecret(own, '', '')))],
    ];
    for (const [problem, spoil] of spoilt) {
      await spoil();
      await says(webhook, '/readyz', new RegExp(`certificate ok: not reloaded.*${problem}`));
      expect(await webhook.page('/readyz')).toMatch(readyLine);
      expect(await shownCertificate(webhook.port, '127.0.0.1')).toBe(fingerprint(first));
      expect(await secretOfPod(api, agents, 'one')).toBe('one-secret');
    }
    const second = await issue();
    await accepted(api.apply(tlsSecret(own, second.cert, second.key), { force: true }));
    await says(webhook, '/readyz', '[+]certificate ok\n');
    expect(await shownCertificate(webhook.port, '127.0.0.1')).toBe(fingerprint(second));
    for (const secret of ['AIK_CANARY', 'BEGIN', 'LS0t'])
      expect(webhook.log()).not.toContain(secret);
    expect(await webhook.end('SIGINT')).toBe('exit code 0');
  });
});

describeCluster('a webhook whose API server goes and comes back', ({ startedHere }) => {
  it.runIf(startedHere)(
    'goes on with what it has, answers all requests, and catches up',
    async () => {
      const plane = await startControlPlane(await findControlPlaneBinaries());
      const api = createApi(plane.connection);
      let webhook: ClusterWebhook | undefined;
      let asking: Asking<unknown[]> | undefined;
      try {
        await installDefinition(api);
        const own = await createNamespace(api, 'webhook');
        await accepted(api.create(policy('one')));
        webhook = await startClusterWebhook(api, plane.connection, own);
        const { cert, key } = await issue();
        await accepted(api.create(tlsSecret(own, cert, key)));
        await says(webhook, '/readyz', readyLine);

        const { review } = webhook;
        const ask = async (name: string) => operationsOf(await review(name, reviewOf(podOf(name))));
        asking = startAsking(() => ask('one'));
        await asking.more();
        await plane.stopApiServer();
        await says(webhook, '/readyz', /policies ok: not watched, the last known stay \(1\): ./);
        expect(await webhook.page('/readyz')).toMatch(readyLine);
        await asking.more();
        const unknown = await review('two', reviewOf(podOf('two')));
        expect(unknown).toMatchObject({ status: 500 });
        expect(unknown.text).toMatch(
          /TokenPolicy two is not known and cannot be read: cannot list/,
        );
        await plane.startApiServer();
        await accepted(api.create(policy('two')));
        await eventually('the new policy to be served', async () =>
          expect(await ask('two')).toHaveLength(1),
        );
        await says(webhook, '/readyz', '[+]policies ok\n');
        await asking.more();
        await asking.stop();
        expect(asking.soFar.filter((operations) => operations.length !== 1)).toEqual([]);
      } finally {
        await asking?.stop().catch(() => undefined);
        await webhook?.close();
        await plane.stop();
      }
    },
  );
});
