import { stringify } from 'yaml';
import { type Api, type KubeObject, accepted } from '../api.ts';
import type { Kubectl } from '../kubectl.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { rightsInForce } from '../rights-in-force.ts';
import { objectsIn, renderChart } from './render.ts';

// Not the name of a real installation, which the cluster may have as well.
const name = 'token-injector-guarded';
// Rights and guard follow the name.
const accountName = 'registrar';
const values = `
fullnameOverride: ${name}
controller: {serviceAccount: {name: ${accountName}}}
enforcement: {missingToken: {policies: [aikido]}}`;
const groups = ['system:serviceaccounts', 'system:authenticated'];

/** The account of the controller with its rights, and the guard that the chart has for it. */
export interface GuardedAccount {
  /** That of the release. */
  readonly name: string;
  readonly namespace: string;
  /** The API as the account has it. */
  readonly api: Api;
  /** Not in the cluster yet. */
  readonly guards: readonly KubeObject[];
  close(): Promise<void>;
}

/** Makes the account, with all that its rights allow and no guard yet. */
export async function openGuardedAccount(api: Api, kubectl: Kubectl): Promise<GuardedAccount> {
  const namespace = await createNamespace(api, 'guard');
  const objects = objectsIn(await renderChart(values, namespace));
  const account = objects.filter(({ kind }) =>
    /^(ServiceAccount|(Cluster)?Role(Binding)?)$/.test(kind),
  );
  const guards = objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
  for (const object of account) await accepted(api.apply(object));
  await rightsInForce(api, account);
  const user = `system:serviceaccount:${namespace}:${accountName}`;
  return {
    name,
    namespace,
    api: api.as(user, [...groups, `system:serviceaccounts:${namespace}`]),
    guards,
    async close() {
      const input = [...account, ...guards].map((object) => stringify(object)).join('---\n');
      await kubectl(['delete', '--ignore-not-found', '-f', '-'], { input });
      await deleteNamespace(api, namespace);
    },
  };
}
