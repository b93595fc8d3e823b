import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { tokenPolicyDefinition } from '../../src/core/registration/custom-resource-definition.ts';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { type Installation, createOwner, openInstallation, owner } from './installation.ts';
import { variablePolicy } from './registration.ts';
import { describeCluster } from './suite.ts';
import type { PolicyView } from './policy-view.ts';

const policy = variablePolicy as unknown as KubeObject;
const registration = 'admissionregistration.k8s.io/v1';

describeCluster('the controller among others', ({ api, kubeconfig }) => {
  let home: Installation;
  beforeAll(async () => {
    home = await openInstallation(api, kubeconfig);
  });
  afterAll(() => home.close());
  afterEach(async () => {
    await home.endAll();
    await api.delete(policy);
  });

  const says = (type: string, wanted: object) =>
    eventually(`${type} to say so`, async () => {
      const { status } = await accepted(api.get<PolicyView>(policy));
      expect(status?.conditions?.find((entry) => entry.type === type)).toMatchObject(wanted);
    });
  const isReady = () => says('Ready', { status: 'True' });

  it('does not blame the webhook for one of somebody else that is not there', async () => {
    const controller = await home.startController();
    await accepted(api.create(policy));
    await says('Reachable', {
      status: 'False',
      message: expect.stringMatching(
        /^The API server does not reach the webhook: Post .*connection refused: new pods/,
      ),
    });
    const another = {
      apiVersion: registration,
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'another' },
      webhooks: [
        {
          name: 'another.example.com',
          clientConfig: { url: 'https://127.0.0.1:1/' },
          rules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              resources: ['configmaps'],
              operations: ['CREATE'],
            },
          ],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': home.namespace } },
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    };
    await accepted(api.create(another));
    // Configurations are asked in the order of their names.
    await says('Reachable', {
      status: 'Unknown',
      reason: 'ProbeBlocked',
      message: expect.stringContaining('failed calling webhook "another.example.com"'),
    });
    await eventually('the metric to say neither', async () =>
      expect(await controller.metrics()).toMatch(
        /^token_injector_controller_webhook_reachable NaN$/im,
      ),
    );
    await accepted(api.delete(another));
    await says('Reachable', { status: 'False', reason: 'NotAnswered' });
    await controller.end('SIGTERM');
  });

  it('brings the definition back that somebody deletes, but not during an uninstall', async () => {
    const definition = tokenPolicyDefinition();
    const controller = await home.startController();
    await accepted(api.create(policy));
    await isReady();
    await accepted(api.delete(definition));
    // With it went the policies.
    await eventually('the definition to be back', () => accepted(api.create(policy)));
    await isReady();
    const log = controller.log().length;
    await accepted(api.delete(owner(home.owner)));
    await accepted(api.delete(definition));
    await eventually('the controller to notice', () =>
      expect(controller.log().slice(log)).toMatch(/watch of tokenpolicies.*404/),
    );
    // As long as it took to come back.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect((await api.get(definition)).status).toBe(404);
    await createOwner(api, home.owner);
    await eventually('the definition to be back', () => accepted(api.create(policy)));
    await controller.end('SIGTERM');
  });

  it('deletes the ValidatingAdmissionPolicies that it wrote and no other, and says so', async () => {
    const kinds = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'];
    const named = (name: string) =>
      kinds.map((kind) => ({ apiVersion: registration, kind, metadata: { name } }));
    const both = ['aikido', 'guardrail'].map((name) => `${name}=${home.owner}`).join(',');
    let controller = await home.startController(['--missing-token-policies', both]);
    const refusing = { enforce: { missingToken: 'Deny' } };
    await accepted(api.create({ ...policy, spec: { ...variablePolicy.spec, ...refusing } }));
    await isReady();
    const ours = named('token-injector-aikido');
    // By name and labels it is one of ours.
    const labels = {
      'app.kubernetes.io/name': 'token-injector',
      'app.kubernetes.io/managed-by': 'token-injector',
    };
    const theirs = named('token-injector-guardrail');
    for (const [index, object] of theirs.entries()) {
      const { spec } = await accepted(api.get<KubeObject & { spec: object }>(ours[index]!));
      const metadata = { ...object.metadata, labels };
      await accepted(api.create({ ...object, metadata, spec }));
    }
    await controller.end('SIGTERM');
    // Without owners there is still what the API server recorded of its manager.
    await accepted(api.patch(ours[1]!, { metadata: { ownerReferences: null } }));
    await accepted(api.delete(policy));
    controller = await home.startController(['--missing-token-policies', both]);
    await eventually('ours to be gone', async () => {
      for (const object of ours) expect((await api.get(object)).status).toBe(404);
    });
    await eventually('the deletions to be logged', () => {
      const lines = controller.log().trim().split('\n');
      const deletions = lines.filter((line) => line.includes('controller: deleted'));
      expect(deletions.map((line) => JSON.parse(line) as object)).toMatchObject(
        ours.toReversed().map(({ kind, metadata: { name } }) => ({ kind, name })),
      );
    });
    for (const object of theirs) await accepted(api.get(object));
    await controller.end('SIGTERM');
    for (const object of theirs) await accepted(api.delete(object));
  });
});
