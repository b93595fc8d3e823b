import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { type Installation, openInstallation } from './installation.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { agentPod, variablePolicy } from './registration.ts';
import { describeCluster } from './suite.ts';
import type { PolicyView } from './policy-view.ts';

const added = { key: 'cloud.example/managed', operator: 'DoesNotExist' };

interface Configuration extends KubeObject {
  readonly webhooks: readonly {
    readonly namespaceSelector: { readonly matchExpressions: readonly object[] };
  }[];
}

describeCluster('selectors that a cloud narrows', ({ api, kubeconfig }) => {
  let home: Installation;
  let agents = '';
  let managed = '';
  beforeAll(async () => {
    home = await openInstallation(api, kubeconfig);
    agents = await createNamespace(api, 'agents');
    managed = await createNamespace(api, 'managed', { [added.key]: 'true' });
  });
  afterAll(async () => {
    await home.close();
    await deleteNamespace(api, agents);
    await deleteNamespace(api, managed);
  });

  /** Adds its requirement to every entry whenever one lacks it, as the admission enforcer of a cloud does. */
  function startEnforcer(): void {
    let going = true;
    const enforce = async () => {
      const found = await api.get<Configuration>({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: 'token-injector' },
      });
      if (!found.ok) return;
      const { webhooks, ...configuration } = found.body;
      const lacking = webhooks.flatMap(({ namespaceSelector }, index) =>
        JSON.stringify(namespaceSelector).includes(added.key) ? [] : [index],
      );
      if (lacking.length === 0) return;
      const edits = lacking.map((index) => ({
        op: 'add',
        path: `/webhooks/${index}/namespaceSelector/matchExpressions/-`,
        value: added,
      }));
      // The entries may be others by now: then it looks again.
      const seen = { op: 'test', path: '/metadata/resourceVersion' };
      const { resourceVersion: value } = configuration.metadata;
      await api.patch(configuration, [{ ...seen, value }, ...edits], { type: 'json' });
    };
    const ended = (async () => {
      while (going) {
        await enforce();
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    })();
    onTestFinished(async () => {
      going = false;
      await ended;
    });
  }

  it('refuses no pod that nobody asks us about, and says what was added', async () => {
    startEnforcer();
    await home.startController();
    const policy = {
      ...variablePolicy,
      spec: { ...variablePolicy.spec, enforce: { missingToken: 'Deny' } },
    } as unknown as KubeObject;
    await accepted(api.create(policy));
    onTestFinished(async () => void (await api.delete(policy)));
    await eventually('the policy to say so', async () => {
      const { status } = await accepted(api.get<PolicyView>(policy));
      const ready = status?.conditions.find(({ type }) => type === 'Ready');
      expect(ready).toMatchObject({
        status: 'True',
        reason: 'SelectorsNarrowed',
        message: expect.stringContaining(`namespaceSelector: !${added.key}`),
      });
    });
    const create = (namespace: string) =>
      api.create(agentPod(namespace), { query: { dryRun: 'All' } });
    // No webhook runs: whoever it would be asked about is refused, and nobody else.
    await eventually('bare pods to be refused', async () =>
      expect(await create(agents)).toMatchObject({ ok: false, status: 403 }),
    );
    await eventually('those that are left out to be admitted', async () =>
      expect(await create(managed)).toMatchObject({ ok: true }),
    );
  });
});
