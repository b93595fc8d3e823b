import { expect } from 'vitest';
import { type Api, type KubeObject, accepted } from '../api.ts';
import { eventually } from '../eventually.ts';
import type { NodeCluster } from './suite.ts';

/** The user that pods of the namespace get: the first of its range. */
export const assignedUser = 1_000_680_000;
const beyondRange = assignedUser + 10_000;

const name = 'token-injector-test-assigned-users';

/**
 * Creates a namespace that treats users as OpenShift's SCC "restricted-v2" does: pods that name no user get one of the
 * range of the namespace, and those that name another are denied. Resolves once that holds for the pod, with what takes
 * it away but for the namespace.
 */
export async function assignUsers(
  api: Api,
  namespace: string,
  pod: KubeObject,
): Promise<() => Promise<void>> {
  await accepted(
    api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
  );
  const objects = [assignment(namespace), requirement(namespace)].flatMap((policy) => [
    policy,
    bindingOf(policy),
  ]);
  for (const object of objects) await accepted(api.create(object));
  await usersAssigned(api, pod);
  return async () => {
    for (const object of objects.toReversed()) await accepted(api.delete(object));
  };
}

/** The users as whom the programs of a namespace run, a pod each. */
export async function usersOf(
  { api, kubectl }: Pick<NodeCluster, 'api' | 'kubectl'>,
  namespace: string,
): Promise<number[]> {
  const { items } = await accepted(api.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace }));
  const users = items.map(async ({ metadata }) => {
    const exec = ['exec', '--namespace', namespace, metadata.name!, '--'];
    const { stdout } = await kubectl([...exec, 'node', '-p', 'process.getuid()']);
    return Number(stdout);
  });
  return Promise.all(users);
}

async function usersAssigned(api: Api, pod: KubeObject): Promise<void> {
  const create = (securityContext: object) =>
    api.create(
      { ...pod, spec: { ...(pod['spec'] as object), securityContext } },
      { query: { dryRun: 'All' } },
    );
  await eventually('users to be assigned', async () => {
    expect(await create({ runAsUser: 65_532 })).toMatchObject({
      ok: false,
      body: { message: expect.stringContaining('of the range of the namespace') },
    });
    expect(await create({})).toMatchObject({
      body: { spec: { securityContext: { runAsUser: assignedUser } } },
    });
  });
}

const podsOf = (namespace: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  resourceRules: [
    { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] },
  ],
});

function assignment(namespace: string): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      matchConstraints: podsOf(namespace),
      matchConditions: [
        {
          name: 'names-no-user',
          expression:
            '!has(object.spec.securityContext) || !has(object.spec.securityContext.runAsUser)',
        },
      ],
      mutations: [
        {
          patchType: 'ApplyConfiguration',
          applyConfiguration: {
            expression: `Object{spec: Object.spec{securityContext: Object.spec.securityContext{
              runAsUser: ${assignedUser}, fsGroup: ${assignedUser}}}}`,
          },
        },
      ],
    },
  };
}

function requirement(namespace: string): KubeObject {
  const isOfRange = (field: string) => `(${field} >= ${assignedUser} && ${field} < ${beyondRange})`;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: podsOf(namespace),
      validations: [
        {
          message: 'user and fsGroup of a pod are of the range of the namespace',
          expression: `has(object.spec.securityContext) && has(object.spec.securityContext.runAsUser)
            && ${isOfRange('object.spec.securityContext.runAsUser')}
            && (!has(object.spec.securityContext.fsGroup)
              || ${isOfRange('object.spec.securityContext.fsGroup')})`,
        },
        {
          message: 'the users of containers are of the range of the namespace',
          expression: `object.spec.containers.all(c, !has(c.securityContext)
            || !has(c.securityContext.runAsUser) || ${isOfRange('c.securityContext.runAsUser')})`,
        },
      ],
    },
  };
}

function bindingOf({ apiVersion, kind }: KubeObject): KubeObject {
  return {
    apiVersion,
    kind: `${kind}Binding`,
    metadata: { name },
    spec: {
      policyName: name,
      ...(kind.startsWith('Validating') && { validationActions: ['Deny'] }),
    },
  };
}
