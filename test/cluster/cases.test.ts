import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideInjection } from '../../src/core/injection/decide-injection.ts';
import type { LabelSelector } from '../../src/core/policy/schema.ts';
import type { Policy } from '../../src/core/policy/compile-policy.ts';
import { mutatingWebhookConfiguration } from '../../src/core/registration/mutating-webhook.ts';
import { validatingAdmissionPolicy } from '../../src/core/registration/validating-admission-policy.ts';
import { applyOperations } from '../../src/manifests/edit/apply-operations.ts';
import { type Case, ownNamespace, readCases } from '../case-folder.ts';
import { type WebhookUnderTest, startWebhookUnderTest } from '../server/webhook-under-test.ts';
import { type Api, type ApiResponse, type KubeObject, accepted } from './api.ts';
import { eventually } from './eventually.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import type { ContainerView, PodView } from './registration.ts';
import { describeCluster } from './suite.ts';

const cases = readCases();
const marked = { 'token-injector.test': 'cases' };
/** Namespaces of the cluster itself. */
const fixed = ['kube-public', 'kube-system'];
const dryRun = { query: { dryRun: 'All' } };

/** What the core makes of a case's pod in the end. */
function decideInTurn({ set, pod, facts }: Case): { changed: boolean; result: unknown } {
  let result = pod;
  let changed = false;
  for (const policy of set.policies) {
    const decision = decideInjection(policy, result, facts);
    if (!decision.changed) continue;
    changed = true;
    result = applyOperations(result, decision.operations);
  }
  return { changed, result };
}

const caseLabel = 'token-injector.test/case';

/** A pod of a case, put where the case wants it, and marked so that no other case's registration concerns it. */
function place(
  pod: unknown,
  { name, namespace }: Case,
  namespaces: ReadonlyMap<string, string>,
): KubeObject {
  const { metadata, ...rest } = pod as KubeObject;
  const { name: _, ...kept } = metadata;
  const labels = { ...kept.labels, [caseLabel]: name };
  return {
    ...rest,
    metadata: {
      ...kept,
      labels,
      namespace: namespaces.get(name) ?? namespace,
      generateName: 'case-',
    },
  };
}

/** Makes a registration concern the pods of one case only. */
function onlyFor({ name }: Case, selector: LabelSelector): LabelSelector {
  return { ...selector, matchLabels: { ...selector.matchLabels, [caseLabel]: name } };
}

async function namespaceOf(api: Api, { namespace, namespaceLabels }: Case): Promise<string> {
  if (fixed.includes(namespace)) return namespace;
  if (namespace === ownNamespace) {
    await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ownNamespace } });
    const account = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    };
    await eventually('the ServiceAccount', () => accepted(api.get(account)));
    return namespace;
  }
  const { 'kubernetes.io/metadata.name': _, ...labels } = namespaceLabels as Record<string, string>;
  return createNamespace(api, 'case', labels);
}

describeCluster('every case on a real API server', ({ api }) => {
  const namespaces = new Map<string, string>();
  const webhooks: WebhookUnderTest[] = [];
  const removeAll = async (kinds: readonly string[]) => {
    for (const kind of kinds) {
      await api.request(
        'DELETE',
        `/apis/admissionregistration.k8s.io/v1/${kind}?labelSelector=token-injector.test%3Dcases`,
      );
    }
  };

  beforeAll(async () => {
    const byLabels = new Map<string, Promise<string>>();
    for (const testCase of cases) {
      const key = JSON.stringify(testCase.namespaceLabels);
      if (!byLabels.has(key)) byLabels.set(key, namespaceOf(api, testCase));
      namespaces.set(testCase.name, await byLabels.get(key)!);
    }
  });
  afterAll(async () => {
    for (const namespace of new Set(namespaces.values())) {
      if (!fixed.includes(namespace)) await deleteNamespace(api, namespace);
    }
  });

  describe('accepts the patch', () => {
    beforeAll(async () => {
      for (const testCase of cases) {
        const webhook = await startWebhookUnderTest(() => testCase.set);
        webhooks.push(webhook);
        const address = { url: `https://127.0.0.1:${webhook.port}` };
        const configuration = mutatingWebhookConfiguration(testCase.set, {
          address,
          cas: [webhook.ca],
          ownNamespace,
          timeoutSeconds: 5,
        });
        await accepted(
          api.create({
            ...configuration,
            metadata: { name: `case-${testCase.name}`, labels: marked },
            webhooks: configuration.webhooks.map((entry) => ({
              ...entry,
              objectSelector: onlyFor(testCase, entry.objectSelector),
            })),
          }),
        );
      }
    });
    afterAll(async () => {
      await removeAll(['mutatingwebhookconfigurations']);
      await Promise.all(webhooks.map((webhook) => webhook.close()));
    });

    it.each(cases)('of $name: $title', async (testCase) => {
      const pod = place(testCase.pod, testCase, namespaces);
      const { changed, result } = decideInTurn(testCase);
      if (testCase.apiServer?.startsWith('refuses')) {
        const { status } = await api.create(pod, dryRun);
        // The API server's own error: one of ours, or a patch that does not apply, would be a 403 or a 500.
        expect([400, 422]).toContain(status);
        return;
      }
      await eventually('the registration to take effect', async () => {
        if (testCase.facts.ephemeral) {
          expect(await addEphemeral(api, testCase, pod)).toEqual(
            viewOf(result, newNames(testCase)),
          );
          return;
        }
        const view = viewOf(await accepted(api.create(pod, dryRun)));
        expect(view).toEqual(viewOf(result));
        if (changed) expect(view).not.toEqual(viewOf(testCase.pod));
      });
    });
  });

  describe('gives the verdict of the core', () => {
    const refusing = (policy: Policy): Policy => ({
      ...policy,
      spec: { ...policy.spec, enforce: { missingToken: 'Deny' } },
    });
    const policiesFor = (testCase: Case) =>
      testCase.set.policies.flatMap((policy) =>
        validatingAdmissionPolicy(refusing(policy), testCase.set, ownNamespace).map((object) => {
          const name = `case-${testCase.name}-${policy.name}`;
          const metadata = { name, labels: marked };
          if ('policyName' in object.spec)
            return { ...object, metadata, spec: { ...object.spec, policyName: name } };
          const { matchConstraints } = object.spec;
          const objectSelector = onlyFor(testCase, matchConstraints.objectSelector);
          return {
            ...object,
            metadata,
            spec: { ...object.spec, matchConstraints: { ...matchConstraints, objectSelector } },
          };
        }),
      );
    const onCreate = cases.filter(
      ({ facts, apiServer }) => !facts.ephemeral && !apiServer?.startsWith('refuses'),
    );

    beforeAll(async () => {
      // Policies take effect in the order in which they came, so the last one tells of all.
      const last = onCreate.find(({ name }) => name === 'env-absent')!;
      for (const testCase of [...onCreate.filter((other) => other !== last), last]) {
        for (const object of policiesFor(testCase)) await accepted(api.create(object));
      }
      await eventually('the policies to take effect', async () => {
        expect((await api.create(place(last.pod, last, namespaces), dryRun)).ok).toBe(false);
      });
    });
    afterAll(() => removeAll(['validatingadmissionpolicybindings', 'validatingadmissionpolicies']));

    it.each(onCreate)('on $name: $title', async (testCase) => {
      const { changed, result } = decideInTurn(testCase);
      expectVerdict(await api.create(place(testCase.pod, testCase, namespaces), dryRun), !changed);
      expectVerdict(await api.create(place(result, testCase, namespaces), dryRun), true);
    });
  });
});

function expectVerdict({ ok, status, body }: ApiResponse<KubeObject>, admitted: boolean): void {
  expect({ ok, message: ok ? '' : String(body['message']) }).toEqual({
    ok: admitted,
    message: admitted
      ? ''
      : expect.stringMatching(
          /ValidatingAdmissionPolicy '.*' with binding .* denied request: container ".+" would start without its token \(.+\): the webhook/,
        ),
  });
  if (!admitted) expect(status).toBe(403);
}

function ephemeralIn(pod: unknown): readonly ContainerView[] {
  return (pod as PodView).spec.ephemeralContainers ?? [];
}

function newNames({ pod, facts }: Case): readonly string[] {
  const old = ephemeralIn(facts.ephemeral!.oldPod).map(({ name }) => name);
  return ephemeralIn(pod)
    .map(({ name }) => name)
    .filter((name) => !old.includes(name));
}

/** Adds a case's ephemeral containers as kubectl debug does, the old ones before the new ones; shows the new ones. */
async function addEphemeral(
  api: Api,
  testCase: Case,
  { spec, ...rest }: KubeObject,
): Promise<object> {
  const { ephemeralContainers: _, ...bare } = spec as Record<string, unknown>;
  const created = await accepted(api.create({ ...rest, spec: bare }));
  const options = { subresource: 'ephemeralcontainers', type: 'strategic' } as const;
  const old = ephemeralIn(testCase.facts.ephemeral!.oldPod);
  await accepted(api.patch(created, { spec: { ephemeralContainers: old } }, options));
  const names = newNames(testCase);
  const added = ephemeralIn(testCase.pod).filter(({ name }) => names.includes(name));
  return viewOf(
    await accepted(
      api.patch(created, { spec: { ephemeralContainers: added } }, { ...options, ...dryRun }),
    ),
    names,
  );
}

interface Named {
  readonly name: string;
}

/** What we may change of a pod, without what the API server adds by itself; of all containers or of some ephemeral ones. */
function viewOf(pod: unknown, ephemeral?: readonly string[]): object {
  const { containers, initContainers = [], volumes } = (pod as PodView).spec;
  const shown = ephemeral
    ? ephemeralIn(pod).filter(({ name }) => ephemeral.includes(name))
    : [...initContainers, ...containers];
  return { containers: shown.map(viewOfContainer), volumes: ephemeral ? [] : ours(volumes) };
}

function viewOfContainer({ name, env, volumeMounts }: ContainerView): object {
  const entries = (env ?? []).map((entry) => ({
    name: entry.name,
    kind: Object.keys(entry.valueFrom ?? { value: '' }),
    secret: entry.valueFrom?.secretKeyRef,
  }));
  return { name, env: entries, volumeMounts: ours(volumeMounts) };
}

function ours(list: readonly Named[] | undefined): object[] {
  return (list ?? [])
    .filter(({ name }) => name.startsWith('token-injector-'))
    .map(({ name }) => ({ name }));
}
