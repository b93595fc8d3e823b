import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KubeObject, accepted } from './api.ts';
import { readAuditLog } from './audit-log.ts';
import { eventually } from './eventually.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import {
  type ContainerView,
  type PodView,
  agentPod,
  variablePolicy,
  holdsToken,
  injectionInForce,
  register,
  unregister,
} from './registration.ts';
import { describeCluster } from './suite.ts';
import { type WebhookHome, type WebhookProcess, openWebhookHome } from './webhook-process.ts';

interface Named {
  readonly name: string;
}

const labels = { 'aikido-security': 'kubernetes-agent' };
const withEphemeralContainers = {
  ...variablePolicy,
  spec: {
    ...variablePolicy.spec,
    match: { podSelector: { matchLabels: labels }, ephemeralContainers: true },
  },
};
const template = {
  metadata: { labels },
  spec: {
    initContainers: [
      {
        name: 'register',
        image: 'registry.example/agent:1.0',
        args: ['register', '$(AIKIDO_API_TOKEN)'],
      },
    ],
    containers: [
      {
        name: 'agent',
        image: 'registry.example/agent:1.0',
        env: [{ name: 'AUTHORIZATION', value: 'Bearer $(AIKIDO_API_TOKEN)' }],
      },
    ],
  },
};

describeCluster('agent pods on a real API server', ({ api, kubectl, startedHere, auditLog }) => {
  let namespace = '';
  let home: WebhookHome;
  let webhook: WebhookProcess;
  let ownNode = false;
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'made-up' } };

  beforeAll(async () => {
    namespace = await createNamespace(api, 'agents');
    // A DaemonSet makes a pod for each node, so there must be one.
    ownNode = (await accepted(api.list(node))).items.length === 0;
    if (ownNode) await accepted(api.create(node));
    home = await openWebhookHome([withEphemeralContainers]);
    webhook = await home.start();
    await register(kubectl, home, ['--url', webhook.url]);
    await injectionInForce(api, namespace);
    await accepted(api.create(cronJob()));
  });
  afterAll(async () => {
    await unregister(kubectl);
    await home?.close();
    await deleteNamespace(api, namespace);
    if (ownNode) await api.delete(node);
  });

  const workload = (apiVersion: string, kind: string, spec: object): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name: kind.toLowerCase(), namespace },
    spec,
  });
  const batch = { metadata: template.metadata, spec: { ...template.spec, restartPolicy: 'Never' } };
  const cronJob = () =>
    workload('batch/v1', 'CronJob', {
      schedule: '0 0 31 2 *',
      jobTemplate: { spec: { template: batch } },
    });
  const podsOwnedBy = async (owner: RegExp): Promise<PodView[]> => {
    const { items } = await accepted(
      api.list<PodView>({ apiVersion: 'v1', kind: 'Pod' }, { namespace }),
    );
    return items.filter(({ metadata }) =>
      owner.test(String((metadata['ownerReferences'] as [Named] | undefined)?.[0].name)),
    );
  };
  const expectInjected = async (owner: RegExp, atLeast = 1) => {
    const pods = await eventually(
      `pods of ${owner}`,
      async () => {
        const found = await podsOwnedBy(owner);
        expect(found.length).toBeGreaterThanOrEqual(atLeast);
        return found;
      },
      { timeoutMs: 180_000 },
    );
    for (const { spec } of pods) {
      expect(
        [...spec.initContainers!, ...spec.containers].map((container) => [
          container.name,
          holdsToken(container),
        ]),
      ).toEqual([
        ['register', true],
        ['agent', true],
      ]);
      // Below the token, so that it resolves.
      expect(spec.containers[0]!.env![1]).toEqual({
        name: 'AUTHORIZATION',
        value: 'Bearer $(AIKIDO_API_TOKEN)',
      });
    }
  };

  describe('hold the reference that no manifest holds', () => {
    const selector = { matchLabels: labels };
    it.each([
      ['Deployment', 'apps/v1', { replicas: 2, selector, template }, /^deployment-/],
      [
        'StatefulSet',
        'apps/v1',
        { replicas: 1, selector, template, serviceName: 'none' },
        /^statefulset$/,
      ],
      ['DaemonSet', 'apps/v1', { selector, template }, /^daemonset$/],
      ['Job', 'batch/v1', { template: batch }, /^job$/],
    ])('%s', async (kind, apiVersion, spec, owner) => {
      const object = workload(apiVersion, kind, spec);
      await accepted(api.create(object));
      // All that are wanted: those that come later would be counted by a later test.
      await expectInjected(owner, kind === 'Deployment' ? 2 : 1);
      // What stands in Git, and so what Argo CD and Flux compare, is as it was.
      const stored = await accepted(api.get(object));
      expect(JSON.stringify(stored['spec'])).not.toContain('secretKeyRef');
    });

    it('CronJob', async () => {
      // When it is due it does the same.
      const job = ['create', 'job', 'cronjob-now', '--from=cronjob/cronjob', '-n', namespace];
      expect(await kubectl(job)).toMatchObject({ code: 0 });
      await expectInjected(/^cronjob-now$/);
    });

    it('bare pod, with generateName', async () => {
      const pod = await accepted(api.create<PodView>(agentPod(namespace)));
      expect(pod.metadata.name).toMatch(/^agent-./);
      expect(pod.spec.containers.every(holdsToken)).toBe(true);
    });

    it('ephemeral container of kubectl debug, while the others stay', async () => {
      await accepted(api.create(agentPod(namespace, { metadata: { name: 'debugged' } })));
      for (const container of ['first', 'second']) {
        const args = [
          'debug',
          'pod/debugged',
          '-n',
          namespace,
          '--image',
          'registry.example/debug:1.0',
          '--container',
          container,
          '--profile',
          'general',
        ];
        expect(await kubectl([...args, '--', 'sleep', '1'])).toMatchObject({ code: 0 });
      }
      const { spec } = await accepted(
        api.get<PodView>({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'debugged', namespace },
        }),
      );
      expect(spec.ephemeralContainers!.map(({ name }) => name)).toEqual(['first', 'second']);
      expect(spec.ephemeralContainers!.every(holdsToken)).toBe(true);
    });
  });

  describe('with annotations', () => {
    const create = async (annotations: Record<string, string>) => {
      const { ok, body, warnings } = await api.create<PodView>(
        agentPod(namespace, { metadata: { generateName: 'wish-', annotations } }),
      );
      expect(ok).toBe(true);
      return {
        injected: (body as PodView).spec.containers.some((container: ContainerView) =>
          holdsToken(container),
        ),
        warnings,
      };
    };

    it('none', async () => {
      expect(await create({ 'token-injector.dev/inject': 'false' })).toEqual({
        injected: false,
        warnings: [],
      });
    });
    it('this one among others', async () => {
      expect(await create({ 'token-injector.dev/inject': 'datadog, aikido' })).toEqual({
        injected: true,
        warnings: [
          'token-injector aikido: annotation token-injector.dev/inject names a policy that does not exist',
        ],
      });
    });
    it('get a warning about a value that cannot be read', async () => {
      expect(await create({ 'token-injector.dev/inject': 'Yes!' })).toEqual({
        injected: true,
        warnings: [
          'token-injector aikido: bad annotation token-injector.dev/inject: use "true", "false" or policy names',
        ],
      });
    });
  });

  it('warn whoever writes a token out, and hold the reference instead', async () => {
    const spec = {
      containers: [
        {
          name: 'agent',
          image: 'registry.example/agent:1.0',
          env: [{ name: 'AIKIDO_API_TOKEN', value: 'written-out' }],
        },
      ],
    };
    const { warnings, body } = await api.create<PodView>(agentPod(namespace, { spec }));
    expect(warnings).toEqual([
      'token-injector aikido: agent: literal AIKIDO_API_TOKEN replaced by a reference; take it out of the manifest',
    ]);
    expect((body as PodView).spec.containers.every(holdsToken)).toBe(true);
  });

  it.runIf(startedHere)(
    'leave no token in what the API server writes down about our work',
    async () => {
      const canary = 'AIK_CANARY_d3adb33f_4242';
      const annotations = {
        'token-injector.dev/inject': canary,
        'token-injector.dev/containers': canary,
      };
      const env = [
        { name: 'AIKIDO_API_TOKEN', value: canary },
        { name: canary, value: canary },
      ];
      const spec = {
        containers: [
          { name: 'agent', image: `registry.example/${canary.toLowerCase()}`, env, args: [canary] },
        ],
      };
      const { ok, warnings } = await api.create(
        agentPod(namespace, { metadata: { name: 'canary', annotations }, spec }),
      );
      expect(ok).toBe(true);
      expect(warnings).toHaveLength(3);
      expect(warnings.join()).not.toContain(canary);
      await eventually('the audit event', () => {
        const event = readAuditLog(auditLog!).find(
          ({ objectRef, verb }) => verb === 'create' && objectRef?.name === 'canary',
        );
        // At this level the API server writes down our patch, in words and in base64.
        const written = JSON.stringify(event?.annotations);
        expect(written).toContain('aikido.token-injector.dev');
        expect(written).toContain('secretKeyRef');
        expect(written).not.toContain(canary);
        expect(written).not.toContain(Buffer.from(canary).toString('base64').slice(0, 16));
      });
      expect(webhook.log()).not.toContain(canary);
    },
  );

  it('pods that are no agents cost nothing: the webhook is not even asked', async () => {
    await eventually('the pod of each Job', async () => {
      const { items } = await accepted(
        api.list({ apiVersion: 'batch/v1', kind: 'Job' }, { namespace }),
      );
      const jobs = items.map(({ metadata }) => metadata.name!);
      const pods = await podsOwnedBy(/^(cronjob-|job$)/);
      const owners = pods.map(({ metadata }) => (metadata['ownerReferences'] as [Named])[0].name);
      expect(owners.toSorted()).toEqual(jobs.toSorted());
    });
    const before = await webhook.answered();
    for (let count = 0; count < 5; count++) {
      await accepted(
        api.create(
          agentPod(namespace, { metadata: { generateName: 'other-', labels: { app: 'other' } } }),
        ),
      );
    }
    await accepted(
      api.create(
        agentPod(namespace, {
          metadata: { generateName: 'out-', annotations: { 'token-injector.dev/inject': 'false' } },
        }),
      ),
    );
    expect(await webhook.answered()).toBe(before);
    await accepted(api.create(agentPod(namespace)));
    expect(await webhook.answered()).toBe(before + 1);
  });
});
