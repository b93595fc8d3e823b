import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type KubeObject, accepted, createApi } from '../api.ts';
import { findControlPlaneBinaries } from '../binaries.ts';
import { startControlPlane } from '../control-plane.ts';
import { createKubectl } from '../kubectl.ts';
import { rightsInForce } from '../rights-in-force.ts';
import { describeCluster } from '../suite.ts';
import { objectsIn, renderChart } from './render.ts';

// OpenShift turns this plugin on: whoever sets an owner must be allowed to delete the object.
const plugin = '--enable-admission-plugins=OwnerReferencesPermissionEnforcement';

const values = 'enforcement: {missingToken: {policies: [aikido]}}';

describeCluster('where OwnerReferencesPermissionEnforcement is on', ({ startedHere }) => {
  it.runIf(startedHere)('the controller may name the owners of what it writes', async () => {
    const binaries = await findControlPlaneBinaries();
    const controlPlane = await startControlPlane(binaries, { apiServerFlags: [plugin] });
    try {
      const kubectl = createKubectl(binaries.kubectl, controlPlane);
      const api = createApi(controlPlane.connection);
      const roles = objectsIn(await renderChart(values, 'default')).filter(({ kind }) =>
        /^(Cluster)?Role(Binding)?$/.test(kind),
      );
      for (const role of roles) await accepted(api.create(role));
      await rightsInForce(api, roles);
      const owner = await accepted(
        api.get({
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: 'token-injector' },
        }),
      );
      const write = async (account: string, object: KubeObject) => {
        const { apiVersion, kind, metadata } = owner;
        const { name, uid } = metadata;
        const ownerReferences = [{ apiVersion, kind, name, uid }];
        const input = stringify({ ...object, metadata: { ...object.metadata, ownerReferences } });
        const apply = [
          'apply',
          '--server-side',
          '--dry-run=server',
          '--force-conflicts',
          '-f',
          '-',
        ];
        const as = `--as=system:serviceaccount:default:${account}`;
        return kubectl([...apply, as], { input });
      };
      for (const object of owned) {
        // The object is there already, as it is at every write but the first.
        await accepted(api.apply(object));
        const written = await write('token-injector-controller', object);
        expect(written).toMatchObject({ code: 0 });
      }
      // What the rule would be without "delete".
      await accepted(api.create(weakRole));
      await accepted(api.create(weakBinding));
      await rightsInForce(api, [weakRole, weakBinding]);
      const refused = await write('weak', owned[0]);
      expect(refused.stderr).toContain("cannot set an ownerRef on a resource you can't delete");
    } finally {
      await controlPlane.stop();
    }
  });
});

const owned = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'token-injector' },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'token-injector-aikido' },
    spec: { policyName: 'token-injector-aikido', validationActions: ['Deny'] },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'token-injector-tls', namespace: 'default' },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'token-injector-ca', namespace: 'default' },
  },
  {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'token-injector-controller', namespace: 'default' },
  },
] as const;

const weakRole = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'weak' },
  rules: [
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['mutatingwebhookconfigurations'],
      verbs: ['create', 'patch', 'update'],
    },
  ],
};
const weakBinding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'weak' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'weak' },
  subjects: [{ kind: 'ServiceAccount', name: 'weak', namespace: 'default' }],
};
