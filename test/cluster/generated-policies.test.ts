import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decideInjection } from '../../src/core/injection/decide-injection.ts';
import type { Policy } from '../../src/core/policy/compile-policy.ts';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { mutatingWebhookConfiguration } from '../../src/core/registration/mutating-webhook.ts';
import { validatingAdmissionPolicy } from '../../src/core/registration/validating-admission-policy.ts';
import { ownNamespace, readPolicy } from '../case-folder.ts';
import { withoutSelectors } from '../core/without-selectors.ts';
import { arbitraryPolicy } from '../core/arbitrary-policy.ts';
import { arbitraryValidPod } from '../core/arbitrary-valid-pod.ts';
import { type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import { agentPod } from './registration.ts';
import { describeCluster } from './suite.ts';

const group = '/apis/admissionregistration.k8s.io/v1';
const caseLabel = 'token-injector.test/case';
const labels = { 'token-injector.test': 'generated' };
const distinct = <T extends { name: string }>(policies: readonly T[]) => [
  ...new Map(policies.map((policy) => [policy.name, policy])).values(),
];

// The seed is part of the test: what fails once fails again.
const policies = distinct(
  fc
    .sample(arbitraryPolicy, { numRuns: 120, seed: 20_261_124 })
    .map((object) => readPolicy(object)),
);
const set = policySet(policies);
const refusing = (policy: Policy): Policy => ({
  ...policy,
  spec: { ...policy.spec, enforce: { missingToken: 'Deny' } },
});

describeCluster('any policy that the parser accepts', ({ api }) => {
  let namespace = '';
  const removeAll = async () => {
    for (const kind of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies']) {
      await api.request('DELETE', `${group}/${kind}?labelSelector=token-injector.test%3Dgenerated`);
    }
  };
  beforeAll(async () => {
    namespace = await createNamespace(api, 'generated');
  });
  afterAll(async () => {
    await removeAll();
    await deleteNamespace(api, namespace);
  });

  it('makes a MutatingWebhookConfiguration that the API server accepts as it stands', async () => {
    const configuration = mutatingWebhookConfiguration(set, {
      address: { url: 'https://127.0.0.1:1' },
      ownNamespace,
      timeoutSeconds: 5,
    });
    const answer = await api.create(configuration, {
      query: { dryRun: 'All', fieldValidation: 'Strict' },
    });
    const stored = await accepted(answer);
    expect(answer.warnings).toEqual([]);
    // Nothing that we leave out is defaulted to something that we do not mean.
    expect(stored['webhooks']).toEqual(configuration.webhooks);
  });

  it('makes a ValidatingAdmissionPolicy whose CEL has no fault and gives the verdict of the core', async () => {
    for (const policy of policies) {
      for (const object of validatingAdmissionPolicy(refusing(policy), set, ownNamespace)) {
        if ('policyName' in object.spec) {
          await accepted(api.create({ ...object, metadata: { ...object.metadata, labels } }));
          continue;
        }
        // The pods of a policy's test carry a label of their own, and whatever the policy's own selector wants.
        const objectSelector = { matchLabels: { [caseLabel]: policy.name } };
        const namespaceSelector = {};
        const matchConstraints = {
          ...object.spec.matchConstraints,
          objectSelector,
          namespaceSelector,
        };
        await accepted(
          api.create(
            {
              ...object,
              metadata: { ...object.metadata, labels },
              spec: { ...object.spec, matchConstraints },
            },
            { query: { fieldValidation: 'Strict' } },
          ),
        );
      }
    }
    await lastInForce();

    let refused = 0;
    for (const [index, policy] of policies.entries()) {
      for (const pod of fc.sample(arbitraryValidPod(policy), { numRuns: 8, seed: index })) {
        const { ok, body } = await api.create(placed(pod, policy), { query: { dryRun: 'All' } });
        // Selected or not is for the selectors, which are the API server's own: only what follows is compared.
        const { changed } = decideInjection(withoutSelectors(policy), placed(pod, policy), {
          namespace,
          set,
        });
        expect({
          ok,
          policy: policy.spec,
          pod,
          message: ok ? '' : String(body['message']),
        }).toEqual({
          ok: !changed,
          policy: policy.spec,
          pod,
          message: changed ? expect.stringContaining('would start without its token') : '',
        });
        if (changed) refused++;
      }
    }
    // Both verdicts must occur, or the test could not fail.
    expect(refused).toBeGreaterThan(policies.length);
    expect(refused).toBeLessThan(policies.length * 8 - policies.length);
    await typeChecked();
  });

  it('lets the API server afford the verdict on a large pod', async () => {
    const env = Array.from({ length: 10 }, (_, index) => ({
      name: `TOKEN_${index}`,
      key: `key-${index}`,
    }));
    const large = readPolicy({
      apiVersion: 'token-injector.dev/v1alpha1',
      kind: 'TokenPolicy',
      metadata: { name: 'large' },
      spec: {
        match: { annotation: 'Optional' },
        secret: { name: 'large' },
        inject: {
          env,
          files: Array.from({ length: 8 }, (_, index) => ({
            mountPath: `/var/lib/agent/token-${index}`,
            items: [{ key: 'token', path: 'token' }],
            whenPresent: 'Replace',
          })),
        },
      },
    });
    for (const object of validatingAdmissionPolicy(
      refusing(large),
      policySet([large]),
      ownNamespace,
    )) {
      const metadata = { ...object.metadata, labels };
      if ('policyName' in object.spec) await accepted(api.create({ ...object, metadata }));
      else {
        const matchConstraints = {
          ...object.spec.matchConstraints,
          objectSelector: { matchLabels: { [caseLabel]: 'large' } },
        };
        await accepted(
          api.create({ ...object, metadata, spec: { ...object.spec, matchConstraints } }),
        );
      }
    }
    const others = Array.from({ length: 590 }, (_, index) => ({
      name: `OTHER_${index}`,
      value: 'x',
    }));
    const containers = (entries: readonly object[], mounts: readonly object[]) =>
      Array.from({ length: 20 }, (_, index) => ({
        name: `c${index}`,
        image: 'registry.example/agent:1.0',
        env: [...entries, ...others],
        volumeMounts: [...mounts, ...otherMounts],
      }));
    const otherMounts = Array.from({ length: 100 }, (_, index) => ({
      name: 'other',
      mountPath: `/var/lib/other/path/that/is/long/${index}`,
    }));
    const annotations = {
      'token-injector.dev/containers': Array.from({ length: 20 }, (_, index) => `c${index}`).join(),
    };
    const create = (entries: readonly object[], mounts: readonly object[]) =>
      api.create(
        placed(
          {
            metadata: { annotations },
            spec: {
              containers: containers(entries, mounts),
              volumes: [
                ...large.files.map(({ volume }) => volume),
                { name: 'other', emptyDir: {} },
              ],
            },
          },
          large,
        ),
        { query: { dryRun: 'All' } },
      );
    await eventually('the policy to take effect', async () =>
      expect(await create([], [])).toMatchObject({ ok: false, status: 403 }),
    );
    expect(
      await create(
        large.env.map(({ entry }) => entry),
        large.files.map(({ mount }) => mount),
      ),
    ).toMatchObject({ ok: true });
  });

  const placed = (
    { metadata, spec }: { metadata: object; spec: object },
    policy: Policy,
  ): KubeObject =>
    agentPod(namespace, { metadata: { ...metadata, labels: { [caseLabel]: policy.name } }, spec });

  async function lastInForce(): Promise<void> {
    const last = policies.at(-1)!;
    const annotations = { 'token-injector.dev/inject': 'true' };
    const [container] = last.spec.match.containers.include;
    const name = container!.replaceAll('*', 'x').replace(/^-|-$/g, 'x');
    const pod = placed(
      {
        metadata: { annotations },
        spec: { containers: [{ name, image: 'registry.example/agent:1.0' }] },
      },
      last,
    );
    // A container that the policy leaves out tells nothing: then the policies before it are waited for by their own tests.
    if (
      !decideInjection(withoutSelectors(last), pod, {
        namespace,
        set,
      }).changed
    )
      return;
    await eventually('the policies to take effect', async () =>
      expect((await api.create(pod, { query: { dryRun: 'All' } })).ok).toBe(false),
    );
  }

  /** Waits for the API server's own check of the expressions, which only writes down what it dislikes. */
  async function typeChecked(): Promise<void> {
    await eventually('the check of the expressions', async () => {
      const { items } = await accepted(
        api.list(
          { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy' },
          { labelSelector: 'token-injector.test=generated' },
        ),
      );
      for (const { metadata, status } of items as readonly (KubeObject & {
        status?: { observedGeneration?: number; typeChecking?: object };
      })[]) {
        expect({
          name: metadata.name,
          checked: status?.observedGeneration,
          found: status?.typeChecking,
        }).toEqual({ name: metadata.name, checked: 1, found: {} });
      }
    });
  }
});
