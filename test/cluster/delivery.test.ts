import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type KubeObject, accepted } from './api.ts';
import { type ReleaseProcesses, openReleaseProcesses } from './chart/release-processes.ts';
import { objectsIn, renderChart } from './chart/render.ts';
import { eventually } from './eventually.ts';
import { createNamespace, deleteNamespace } from './namespaces.ts';
import type { PolicyView } from './policy-view.ts';
import { variablePolicy } from './registration.ts';
import { rightsInForce } from './rights-in-force.ts';
import { describeCluster } from './suite.ts';
import { type InstalledDefinition, installDefinition } from './token-policy-definition.ts';

interface Secret extends KubeObject {
  readonly type: string;
  readonly data: Readonly<Record<string, string>>;
}

const name = 'delivered-token';
// Not the name of a real installation, which the cluster may have as well.
const fullname = 'token-injector-delivery';
const value = (text: string) => btoa(`canary-${text}`);

describeCluster(
  'delivery of a Secret, with the rights of the chart',
  ({ api, kubeconfig, kubectl }) => {
    const rights: KubeObject[] = [];
    let definition: InstalledDefinition;
    let release: ReleaseProcesses;
    let own = '';
    let home = '';
    let one = '';
    let two = '';
    const secret = (namespace: string, more: object = {}) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      ...more,
    });
    const policy = (change: object = {}) =>
      ({
        ...variablePolicy,
        metadata: { name: 'delivering' },
        spec: {
          ...variablePolicy.spec,
          match: { namespaces: [one, two], podSelector: { matchLabels: { app: 'agent' } } },
          secret: { name, source: { namespace: home }, ...change },
          inject: { env: [{ name: 'TOKEN', key: 'token' }] },
        },
      }) as unknown as KubeObject;
    const copyIn = (namespace: string) => accepted(api.get<Secret>(secret(namespace)));
    const holds = (namespace: string, token: string) =>
      eventually(`the token in ${namespace}`, async () => {
        expect((await copyIn(namespace)).data).toEqual({ token: value(token) });
      });
    const isGone = (namespace: string) =>
      eventually(`no copy in ${namespace}`, async () => {
        expect(await api.get(secret(namespace))).toMatchObject({ ok: false, status: 404 });
      });
    const says = (reason: string) =>
      eventually(`SecretReady for the reason ${reason}`, async () => {
        const { status } = await accepted(api.get<PolicyView>(policy()));
        const ready = status?.conditions.find(({ type }) => type === 'SecretReady');
        expect(ready?.reason).toBe(reason);
        return ready!;
      });
    const run = async (args: readonly string[], input = '') => {
      const { code, stderr } = await kubectl(args, { input });
      expect({ code, stderr }).toMatchObject({ code: 0 });
    };
    const setSource = (token: string) =>
      accepted(
        api.apply(secret(home, { type: 'example.com/other', data: { token: value(token) } }), {
          force: true,
        }),
      );

    beforeAll(async () => {
      own = await createNamespace(api, 'delivery');
      home = await createNamespace(api, 'home');
      one = await createNamespace(api, 'one');
      two = await createNamespace(api, 'two');
      definition = await installDefinition(api);
      const objects = objectsIn(
        await renderChart(
          `{fullnameOverride: ${fullname}, config: {deliveredSecretNames: [${name}]}}`,
          own,
        ),
      );
      const isRight =
        /^(ServiceAccount|(Cluster)?Role(Binding)?|ValidatingAdmissionPolicy(Binding)?)$/;
      rights.push(
        ...objects.filter(
          ({ kind, metadata }) =>
            isRight.test(kind) &&
            /secrets-(controller|leases)|delivered-secrets/.test(metadata.name!),
        ),
      );
      for (const object of rights) await accepted(api.apply(object));
      await rightsInForce(api, rights);
      release = openReleaseProcesses(api, kubeconfig, own, fullname);
      await setSource('1');
      await accepted(api.create(policy()));
      await release.start('secrets-controller', objects, []);
    });
    afterAll(async () => {
      await release.close();
      const input = rights.map((object) => stringify(object)).join('---\n');
      await kubectl(['delete', '--ignore-not-found', '-f', '-'], { input });
      await api.delete(policy());
      for (const each of [own, home, one, two]) await deleteNamespace(api, each);
      await definition.remove();
    });

    it('writes copies that are ours and nothing more, and follows the source', async () => {
      await holds(one, '1');
      await holds(two, '1');
      const { metadata, type } = await copyIn(one);
      expect(type).toBe('Opaque');
      expect(metadata.labels).toEqual({
        'app.kubernetes.io/name': 'token-injector',
        'app.kubernetes.io/managed-by': 'token-injector',
        'token-injector.dev/policy': 'delivering',
      });
      expect(metadata['ownerReferences']).toEqual([
        expect.objectContaining({ kind: 'TokenPolicy', name: 'delivering' }),
      ]);
      await setSource('2');
      await holds(one, '2');
      await holds(two, '2');
      await says('NoAgentPods');
    });

    it('steps back for another writer, and takes the copy back when it is asked to', async () => {
      const edit = stringify({ data: { token: value('renewed') } });
      await run(['-n', one, 'patch', 'secret', name, '--field-manager=agent', '-p', edit]);
      expect((await says('TakenOver')).message).toContain('(agent)');
      await setSource('3');
      await holds(two, '3');
      await holds(one, 'renewed');
      await run(['-n', one, 'annotate', 'secret', name, 'token-injector.dev/resync=true']);
      await holds(one, '3');
      await eventually('the annotation to go', async () => {
        const { annotations = {} } = (await copyIn(one)).metadata;
        expect(Object.keys(annotations)).toEqual(['token-injector.dev/source']);
      });
      await says('NoAgentPods');
      await run(
        ['apply', '--server-side', '--force-conflicts', '-f', '-'],
        stringify(secret(two, { data: { token: value('applied') } })),
      );
      await says('TakenOver');
      await accepted(api.delete(secret(two)));
      await holds(two, '3');
      await says('NoAgentPods');
    });

    it("never touches another's Secret", async () => {
      await accepted(api.patch(policy(), { spec: { match: { namespaces: [two] } } }));
      await isGone(one);
      const theirs = secret(one, { data: { password: value('theirs') }, type: 'Opaque' });
      const before = await accepted(api.create(theirs));
      await accepted(api.patch(policy(), { spec: { match: { namespaces: [one, two] } } }));
      await says('Conflict');
      await setSource('4');
      await holds(two, '4');
      expect(await copyIn(one)).toEqual(before);
      await accepted(api.delete(theirs));
      await holds(one, '4');
      await says('NoAgentPods');
    });

    it('makes the keys of a template, and keeps the copies where the source lacks one', async () => {
      const template = { token: '${token}', 'config.yaml': 'apiToken: ${token}\n' };
      await accepted(api.patch(policy(), { spec: { secret: { template } } }));
      const config = btoa('apiToken: canary-4\n');
      const made = { token: value('4'), 'config.yaml': config };
      await eventually('the keys of the template', async () => {
        expect((await copyIn(two)).data).toEqual(made);
      });
      await accepted(
        api.patch(policy(), { spec: { secret: { template: { token: '${token}${none}' } } } }),
      );
      await says('SourceKeyMissing');
      expect((await copyIn(two)).data).toEqual(made);
      await accepted(api.patch(policy(), { spec: { secret: { template: null } } }));
      await holds(two, '4');
      await says('NoAgentPods');
    });

    it('delivers to a namespace that is deleted and made again', async () => {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: two } };
      await deleteNamespace(api, two);
      await eventually('the namespace to go', async () => {
        expect(await api.get(namespace)).toMatchObject({ ok: false, status: 404 });
      });
      await accepted(api.create(namespace));
      await holds(two, '4');
      await says('NoAgentPods');
    });

    it('has the garbage collector delete the copies of a policy that is deleted', async () => {
      const { metadata } = await copyIn(one);
      await accepted(api.delete(policy()));
      await isGone(one);
      await isGone(two);
      expect(await copyIn(home)).toMatchObject({ data: { token: value('4') } });
      await accepted(api.create(policy()));
      await holds(one, '4');
      expect((await copyIn(one)).metadata.uid).not.toBe(metadata.uid);
    });

    it('repeats nothing of a Secret that quotes the one who refuses it', async () => {
      const refusal = { metadata: { name: `${fullname}-refusal` } };
      const registration = 'admissionregistration.k8s.io/v1';
      const quoting = {
        ...refusal,
        apiVersion: registration,
        kind: 'ValidatingAdmissionPolicy',
        spec: {
          matchConstraints: {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': two } },
            resourceRules: [
              {
                operations: ['CREATE', 'UPDATE'],
                apiGroups: [''],
                apiVersions: ['v1'],
                resources: ['secrets'],
              },
            ],
          },
          validations: [
            { expression: 'false', messageExpression: "'holds ' + string(object.data['token'])" },
          ],
        },
      };
      const binding = {
        ...refusal,
        apiVersion: registration,
        kind: 'ValidatingAdmissionPolicyBinding',
        spec: { policyName: quoting.metadata.name, validationActions: ['Deny'] },
      };
      await accepted(api.create(quoting));
      await accepted(api.create(binding));
      try {
        const tried = secret(two, { data: { token: value('tried') } });
        await eventually('the refusal', async () => {
          const { body } = await api.apply(tried, { force: true, query: { dryRun: 'All' } });
          expect(JSON.stringify(body)).toContain(`holds ${value('tried')}`);
        });
        await setSource('5');
        await holds(one, '5');
        const { message } = await says('DeliveryFailed');
        expect(message).toContain(`ValidatingAdmissionPolicy '${quoting.metadata.name}'`);
        expect(message).not.toContain(value('').slice(0, 8));
      } finally {
        await api.delete(binding);
        await api.delete(quoting);
      }
      await setSource('4');
      await holds(two, '4');
    });

    it('says no value in its log, in Events and in the status', async () => {
      const { items } = await accepted(api.list({ apiVersion: 'v1', kind: 'Event' }, {}));
      const text = [
        release.log(),
        JSON.stringify(items),
        JSON.stringify(await api.get(policy())),
      ].join();
      expect(text).not.toContain('canary-');
      expect(text).not.toContain(btoa('canary-').slice(0, 8));
    });
  },
);
