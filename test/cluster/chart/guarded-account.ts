import { stringify } from 'yaml';
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts';
import { webhookEntry } from '../../../src/core/registration/mutating-webhook.ts';
import { type Api, type KubeObject, accepted } from '../api.ts';
import type { Kubectl } from '../kubectl.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { variablePolicy } from '../registration.ts';
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
  /** What the controller registers with. */
  readonly registration: {
    readonly address: { readonly service: { readonly namespace: string; readonly name: string } };
    readonly ownNamespace: string;
    readonly timeoutSeconds: number;
  };
  /** What it registers for the example policy under a name, which may match other pods. */
  entry(name: string, match?: object): ReturnType<typeof webhookEntry>;
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
  const service = { namespace, name: `${name}-webhook` };
  const registration = { address: { service }, ownNamespace: namespace, timeoutSeconds: 1 };
  const user = `system:serviceaccount:${namespace}:${accountName}`;
  return {
    name,
    namespace,
    api: api.as(user, [...groups, `system:serviceaccounts:${namespace}`]),
    guards,
    registration,
    entry(policyName, match) {
      const spec = { ...variablePolicy.spec, ...(match && { match }) };
      const parsed = parsePolicy({ ...variablePolicy, metadata: { name: policyName }, spec });
      if (!parsed.ok) throw new Error('the example does not parse');
      return webhookEntry(parsed.policy, registration);
    },
    async close() {
      const input = [...account, ...guards].map((object) => stringify(object)).join('---\n');
      await kubectl(['delete', '--ignore-not-found', '-f', '-'], { input });
      await deleteNamespace(api, namespace);
    },
  };
}

/** The configuration that the account may write, with any entries. */
export function configuration(webhooks: readonly object[]) {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'token-injector' },
    webhooks,
  };
}
