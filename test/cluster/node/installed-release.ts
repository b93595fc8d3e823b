import path from 'node:path';

import { accepted, type Api, type KubeObject } from '../api.ts';
import { eventually } from '../eventually.ts';
import { variablePolicyValues } from '../registration.ts';
import { splitImage } from './image-reference.ts';
import { checkRollOut } from './roll-out.ts';
import type { NodeCluster } from './suite.ts';

const ourChart = path.join(import.meta.dirname, '../../../chart');
const name = 'token-injector';
const namespace = 'token-injector';

/** Values of the chart. */
type Values = Readonly<Record<string, unknown>>;

/** A condition of a TokenPolicy. */
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The chart as Helm has installed it. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  /** What `helm template` makes of the chart, as GitOps tools see it, its definition too. */
  manifests(values: Values): Promise<string>;
  /** To our chart; what the release was given last, without the image. */
  upgrade(values: Values): Promise<void>;
  /** To the revision before, unless it names one. */
  rollback(revision?: number): Promise<void>;
  /** `helm uninstall` alone: what it leaves behind is left. */
  uninstall(): Promise<void>;
  /** Uninstalls, if that is still to do, and removes the definition and the namespace, which Helm leaves. */
  remove(): Promise<void>;
}

/** Installs the chart, or another one, by Helm, and waits until its webhook answers for every policy. */
export async function installRelease(
  { helm, images, api }: Pick<NodeCluster, 'helm' | 'images' | 'api'>,
  values: Values = variablePolicyValues,
  chart = ourChart,
): Promise<Release> {
  const image = splitImage(images.project);
  const run = async (args: readonly string[], input?: Values): Promise<string> => {
    const { code, stdout, stderr } = await helm([...args, '--namespace', namespace], {
      ...(input && { input: JSON.stringify({ ...input, image, webhook: patient(input) }) }),
      timeoutMs: 600_000,
    });
    if (code !== 0) throw new Error(`helm ${args[0]}: ${stderr}`);
    return stdout;
  };
  // Also after a failure: what a release leaves behind would reach every suite after this one.
  const remove = async (): Promise<void> => {
    await run(['uninstall', name, '--ignore-not-found', '--wait']);
    await registrationGone(api);
    for (const leftover of [definition, releaseNamespace]) {
      await api.delete(leftover);
      await gone(api, leftover);
    }
  };
  try {
    await run(['install', name, chart, '--create-namespace', '--values', '-'], values);
    await releaseReady(api);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    name,
    namespace,
    manifests: (given) =>
      run(['template', name, ourChart, '--include-crds', '--no-hooks', '--values', '-'], given),
    async upgrade(next) {
      await run(['upgrade', name, ourChart, '--wait', '--values', '-'], next);
      await releaseReady(api);
    },
    async rollback(revision) {
      await run(['rollback', name, ...(revision ? [String(revision)] : []), '--wait']);
      await releaseReady(api);
    },
    uninstall: async () => void (await run(['uninstall', name, '--wait'])),
    remove,
  };
}

/** The machine may be busy: a pod that is missed says that something is wrong. */
function patient({ webhook }: Values): Values {
  return { timeoutSeconds: 5, ...(webhook as Values | undefined) };
}

/** Waits until both programs have all their pods, of the newest version only, and every policy is registered and answered for. */
export async function releaseReady(api: Api): Promise<void> {
  await eventually('the programs of the release', async () => {
    for (const component of ['webhook', 'controller'])
      await checkRollOut(api, { namespace, name: `${name}-${component}` });
  });
  await policiesReady(api);
}

/** Waits until every TokenPolicy is Ready and Reachable. */
export async function policiesReady(api: Api): Promise<void> {
  await eventually('the policies', async () => {
    const { items } = await accepted(
      api.list<Policy>({ apiVersion: 'token-injector.dev/v1alpha1', kind: 'TokenPolicy' }),
    );
    for (const { metadata, status } of items) {
      const isTrue = (type: string) =>
        status?.conditions.some((found) => found.type === type && found.status === 'True');
      if (!isTrue('Ready') || !isTrue('Reachable'))
        throw new Error(`${metadata.name}: ${JSON.stringify(status)}`);
    }
  });
}

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'tokenpolicies.token-injector.dev' },
};
const releaseNamespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };

async function gone(api: Api, object: KubeObject): Promise<void> {
  await eventually(`the end of ${object.kind} ${object.metadata.name}`, async () => {
    const { status } = await api.get(object);
    if (status !== 404) throw new Error(`the API server answered ${status}`);
  });
}

/** The API server collects what the controller wrote a moment after its owner has gone. */
async function registrationGone(api: Api): Promise<void> {
  const labelSelector = 'app.kubernetes.io/name=token-injector';
  for (const kind of [
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicyBinding',
    'ValidatingAdmissionPolicy',
  ]) {
    await eventually(`the end of each ${kind}`, async () => {
      const all = { apiVersion: 'admissionregistration.k8s.io/v1', kind };
      const { items } = await accepted(api.list(all, { labelSelector }));
      if (items.length > 0) throw new Error(items.map(({ metadata }) => metadata.name).join(', '));
    });
  }
}

interface Policy extends KubeObject {
  readonly status?: { readonly conditions: readonly Condition[] };
}
