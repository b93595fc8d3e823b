import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { tokenPolicyDefinition } from '../../src/core/registration/custom-resource-definition.ts';
import { type KubeObject, accepted } from './api.ts';
import { readAuditLog } from './audit-log.ts';
import { eventually } from './eventually.ts';
import { type Installation, createOwner, openInstallation } from './installation.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { variablePolicy, injectionInForce } from './registration.ts';
import { rightsInForce } from './rights-in-force.ts';
import { describeCluster } from './suite.ts';
import type { PolicyView } from './policy-view.ts';

interface Configuration extends KubeObject {
  readonly webhooks: readonly { name: string; clientConfig: { caBundle: string } }[];
}

const policy = variablePolicy as unknown as KubeObject;
const configuration = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'token-injector' },
};
const validating = (name: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name },
});

describeCluster('the controller', ({ api, kubeconfig, startedHere, auditLog }) => {
  let home: Installation;
  let agents = '';
  beforeAll(async () => {
    home = await openInstallation(api, kubeconfig);
    agents = await createNamespace(api, 'agents');
  });
  afterAll(async () => {
    await home.close();
    await deleteNamespace(api, agents);
  });
  afterEach(async () => {
    await home.endAll();
    // A definition that was changed is not served for a moment.
    const { items } = await eventually('the policies', () => accepted(api.list(policy)));
    for (const { metadata } of items) await api.delete({ ...policy, metadata });
  });

  const live = () => accepted(api.get<Configuration>(configuration));
  const entries = async () => (await live()).webhooks.map(({ name }) => name);
  const condition = async (type: string, name = 'aikido') => {
    const found = await accepted(api.get<PolicyView>({ ...policy, metadata: { name } }));
    return found.status?.conditions?.find((entry) => entry.type === type);
  };
  const isReady = (name?: string) =>
    eventually('the policy to be Ready', async () =>
      expect(await condition('Ready', name)).toMatchObject({ status: 'True' }),
    );

  it.runIf(startedHere)('registers the webhook, reaches it, and says so', async () => {
    const controller = await home.startController();
    const webhook = await home.startWebhook();
    await accepted(api.create(policy));
    await isReady();
    await injectionInForce(api, agents);
    await eventually('the webhook to be reached', async () =>
      expect(await condition('Reachable')).toMatchObject({ status: 'True', reason: 'Answered' }),
    );
    await eventually('the metrics to say so', async () =>
      expect(await controller.metrics()).toContain('token_injector_controller_webhook_reachable 1'),
    );
    await webhook.end('SIGKILL');
    await eventually('the loss to be noticed', async () => {
      const { status, message } = (await condition('Reachable'))!;
      expect(status).toBe('False');
      expect(message).toContain('connection refused');
    });
    expect(await controller.end('SIGTERM')).toBe('exit code 0');
  });

  it('keeps entries in the order of names, whatever comes when', async () => {
    const controller = await home.startController();
    for (const name of ['middle', 'a', 'zz', 'b']) {
      await accepted(api.create({ ...policy, metadata: { name } }));
      await isReady(name);
    }
    const wanted = ['a', 'b', 'middle', 'zz', 'probe'];
    expect(await entries()).toEqual(wanted.map((name) => `${name}.token-injector.dev`));
    await controller.end('SIGTERM');
  });

  it('restores what was edited or deleted by hand, and is at rest afterwards', async () => {
    const controller = await home.startController(['--probe-seconds', '3600']);
    const refusing = { enforce: { missingToken: 'Deny' } };
    await accepted(api.create({ ...policy, spec: { ...variablePolicy.spec, ...refusing } }));
    await isReady();
    const good = await live();
    // At once: who edits it again and again is taken for somebody who insists, and edits may cross a repair.
    const patch = (...edits: readonly object[]) =>
      accepted(api.patch(configuration, edits, { type: 'json' }));
    await patch(
      { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Fail' },
      { op: 'add', path: '/webhooks/0/objectSelector/matchLabels/x', value: 'y' },
      { op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: btoa('') },
    );
    await eventually('the edits to be undone', async () =>
      expect((await live()).webhooks).toEqual(good.webhooks),
    );
    // And what is only added: each of these would switch us off.
    const off = { name: 'off', expression: 'false' };
    await patch(
      { op: 'add', path: '/webhooks/0/matchConditions/0', value: off },
      {
        op: 'add',
        path: '/webhooks/0',
        value: { ...good.webhooks[0]!, name: 'x.example.com' },
      },
    );
    const validatingPolicy = await accepted(api.get(validating('token-injector-aikido')));
    const binding = {
      ...validating('token-injector-aikido'),
      kind: 'ValidatingAdmissionPolicyBinding',
    };
    const bound = await accepted(api.get(binding));
    const edit = (object: KubeObject, spec: object) => accepted(api.patch(object, { spec }));
    const rule = {
      apiGroups: [''],
      apiVersions: ['v1'],
      resources: ['pods'],
      operations: ['CREATE'],
    };
    await edit(validatingPolicy, { matchConstraints: { excludeResourceRules: [rule] } });
    await edit(binding, {
      matchResources: { objectSelector: { matchLabels: { no: 'pod' } } },
      validationActions: ['Audit', 'Deny'],
    });
    await eventually('the additions to be undone', async () => {
      expect((await live()).webhooks).toEqual(good.webhooks);
      expect((await accepted(api.get(validatingPolicy)))['spec']).toEqual(validatingPolicy['spec']);
      expect((await accepted(api.get(binding)))['spec']).toEqual(bound['spec']);
    });
    await accepted(api.delete(configuration));
    await accepted(api.delete(validating('token-injector-aikido')));
    await eventually('what was deleted to be back', async () => {
      expect((await live()).webhooks).toEqual(good.webhooks);
      await accepted(api.get(validating('token-injector-aikido')));
    });
    const version = async () => (await live()).metadata.resourceVersion;
    await eventually('the controller to be at rest', async () => {
      const before = await version();
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      expect(await version()).toBe(before);
    });
    expect(controller.log()).not.toContain('will be tried again');
    // A policy that goes takes both with it.
    await accepted(api.delete(policy));
    await eventually('the entry to be gone', async () => {
      expect(await entries()).toEqual(['probe.token-injector.dev']);
      expect((await api.get(validating('token-injector-aikido'))).status).toBe(404);
    });
    await controller.end('SIGTERM');
  });

  it.runIf(startedHere)('survives the replacement of its ClusterRole', async () => {
    const controller = await home.startController(['--owner', `${home.owner},view`]);
    await accepted(api.create(policy));
    await isReady();
    const before = await live();
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: home.owner },
    };
    const owners = async () => {
      const references = (await live()).metadata['ownerReferences'] as { uid: string }[];
      return references.map(({ uid }) => uid);
    };
    const { metadata: gone } = await accepted(api.get(role));
    expect(await owners()).toContain(gone.uid);
    await accepted(api.delete(role));
    // It takes an owner that is no more from the list of those that are still there.
    await eventually('the garbage collector to have looked', async () =>
      expect(await owners()).not.toContain(gone.uid),
    );
    await createOwner(api, home.owner);
    const { metadata } = await accepted(api.get(role));
    await eventually('the new owner to be named', async () =>
      expect(await owners()).toContain(metadata.uid),
    );
    expect((await live()).metadata.uid).toBe(before.metadata.uid);
    await controller.end('SIGTERM');
  });

  it('brings an older definition forward, and a newer one not back', async () => {
    const definition = tokenPolicyDefinition();
    const revision = 'token-injector.dev/schema-revision';
    const become = (annotation: string) =>
      accepted(
        api.patch(
          definition,
          [
            {
              op: 'replace',
              path: `/metadata/annotations/${revision.replace('/', '~1')}`,
              value: annotation,
            },
            { op: 'remove', path: '/spec/versions/0/additionalPrinterColumns' },
          ],
          { type: 'json' },
        ),
      );
    const stored = () =>
      accepted(api.get<KubeObject & { spec: { versions: object[] } }>(definition));
    const whole = (await stored()).spec.versions;
    await become('0');
    let controller = await home.startController();
    await eventually('the definition to be ours', async () => {
      const { metadata, spec } = await stored();
      expect(metadata.annotations).toMatchObject(definition.metadata.annotations);
      expect(spec.versions).toEqual(whole);
    });
    await controller.end('SIGTERM');
    await become('999');
    controller = await home.startController();
    await eventually('the policy to be created', () => accepted(api.create(policy)));
    await isReady();
    expect((await stored()).metadata.annotations).toMatchObject({ [revision]: '999' });
    await accepted(api.apply(definition, { force: true }));
  });

  it('leaves the registration to the release that has it', async () => {
    const first = await home.startController();
    await accepted(api.create(policy));
    await isReady();
    const policyVersion = async () => (await accepted(api.get(policy))).metadata.resourceVersion;
    // It says something else before the registration is in force.
    await eventually('the status to settle', async () =>
      expect(await condition('Reachable')).toMatchObject({
        status: 'False',
        message: expect.stringContaining('connection refused'),
      }),
    );
    const before = [(await live()).metadata.resourceVersion, await policyVersion()];
    const second = await home.startController(['--owner', 'edit', '--lease', 'other-release']);
    await eventually('the second release to say so', () =>
      expect(second.log()).toContain(
        `belongs to another release, that of ClusterRole ${home.owner}`,
      ),
    );
    // As long as two statuses a pause apart would take.
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect([(await live()).metadata.resourceVersion, await policyVersion()]).toEqual(before);
    await second.end('SIGTERM');
    await first.end('SIGTERM');
  });

  it('has one of two controllers write', async () => {
    const follower = 'follower';
    const rights = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: follower },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'cluster-admin',
      },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: follower }],
    };
    await accepted(api.create(rights));
    const everything = { ...rights, kind: 'ClusterRole', metadata: { name: 'cluster-admin' } };
    await rightsInForce(api, [rights, await accepted(api.get(everything))]);
    /** What the second one has written, but for its claims to the Lease. */
    const written = () =>
      readAuditLog(auditLog!).filter(
        ({ verb, impersonatedUser, objectRef }) =>
          impersonatedUser?.username === follower &&
          !['get', 'list', 'watch'].includes(verb) &&
          objectRef?.resource !== 'leases',
      );
    const first = await home.startController();
    await eventually('the first to lead', () =>
      expect(first.log()).toContain('controller: leading'),
    );
    const second = await home.startController([], follower);
    await eventually('the second to follow', () =>
      expect(second.log()).toContain('controller: another one leads'),
    );
    await accepted(api.create(policy));
    await isReady();
    expect(await second.metrics()).toContain(
      'token_injector_controller_leading{lease="token-injector-controller"} 0',
    );
    if (auditLog !== undefined) expect(written()).toEqual([]);
    await first.end('SIGKILL');
    await eventually('the second to take over', () =>
      expect(second.log()).toContain('controller: leading'),
    );
    await accepted(api.create({ ...policy, metadata: { name: 'other' } }));
    await isReady('other');
    if (auditLog !== undefined)
      await eventually('its writes', () => expect(written().length).toBeGreaterThan(0));
    await second.end('SIGTERM');
    await api.delete(rights);
  });
});
