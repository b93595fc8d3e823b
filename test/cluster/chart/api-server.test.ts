import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { KubeObject } from '../api.ts';
import { type ForeignDefinitions, installForeignDefinitions } from '../foreign-definitions.ts';
import { moduleFolder, moduleVersion } from '../go-modules.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { describeCluster } from '../suite.ts';
import { type InstalledDefinition, installDefinition } from '../token-policy-definition.ts';
import { chartCases, objectsIn, renderChart } from './render.ts';
import { openApiProblems } from './open-api.ts';

const isForeign = ({ apiVersion }: KubeObject) =>
  /^(cert-manager\.io|monitoring\.coreos\.com|external-secrets\.io|bitnami\.com)\//.test(
    apiVersion,
  );

/**
 * How many pods of a case do not satisfy "restricted": the host's network is what that is there to forbid, and an SCC of
 * OpenShift is to set the contexts.
 */
const notRestricted = new Map([
  ['host-network', 1],
  ['openshift', 3],
]);

describeCluster('the manifests of the chart', ({ api, kubectl, startedHere }) => {
  let namespace: string;
  let installed: InstalledDefinition;
  const foreign: ForeignDefinitions[] = [];
  beforeAll(async () => {
    namespace = await createNamespace(api, 'chart');
    installed = await installDefinition(api);
    // In a cluster of somebody else these are in use, or not there.
    if (!startedHere) return;
    for (const project of [
      'cert-manager',
      'prometheus-operator',
      'external-secrets',
      'sealed-secrets',
    ] as const)
      foreign.push(await installForeignDefinitions(kubectl, project));
  });
  afterAll(async () => {
    for (const definitions of foreign) await definitions.remove();
    await installed?.remove();
    if (namespace) await deleteNamespace(api, namespace);
  });

  async function run(args: readonly string[], input: string): Promise<string> {
    const { code, stdout, stderr } = await kubectl(args, { input });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).not.toMatch(/warning/i);
    return stdout;
  }

  it.each(chartCases())('are accepted by the API server: $name', async ({ values }) => {
    const text = (await renderChart(values, namespace))
      .split(/^---$/m)
      .filter((part) => startedHere || !objectsIn(part).some(isForeign))
      .join('\n---\n');
    const dryRun = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'];
    const answer = await run(dryRun, text);
    expect(answer.trim().split('\n')).toHaveLength(objectsIn(text).length);
  });

  it('would be refused with a field that Kubernetes does not have', async () => {
    const objects = objectsIn(await renderChart('{}', namespace));
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    const input = stringify({
      ...deployment,
      spec: { ...(deployment!['spec'] as object), replica: 2 },
    });
    const { stderr } = await kubectl(
      ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'],
      { input },
    );
    expect(stderr).toContain('.spec.replica: field not declared in schema');
  });

  it('satisfy the Pod Security Standard "restricted"', async () => {
    const restricted = await createNamespace(api, 'chart-restricted', {
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    try {
      for (const { name, values } of chartCases()) {
        const pods = objectsIn(await renderChart(values, restricted)).flatMap(podOf);
        expect([3, 4]).toContain(pods.length);
        const answers = await Promise.all(
          pods.map((pod) =>
            api.create(
              { ...pod, metadata: { generateName: 'x-', namespace: restricted } },
              { query: { dryRun: 'All' } },
            ),
          ),
        );
        const denials = answers.filter(({ ok }) => !ok);
        expect(denials.length, `of ${name}`).toBe(notRestricted.get(name) ?? 0);
      }
    } finally {
      await deleteNamespace(api, restricted);
    }
  });

  it('let the test of the chart find the webhook by the variable that the kubelet sets', async () => {
    const objects = objectsIn(await renderChart('{}', namespace));
    const service = objects.find(({ kind }) => kind === 'Service')!;
    const test = objects.find(({ kind }) => kind === 'Pod')!;
    const variable = service.metadata.name!.toUpperCase().replaceAll('-', '_');
    expect(stringify(test)).toContain(`$(${variable}_SERVICE_HOST)`);
  });
});

describeCluster(`the manifests of the chart, by the schemas of Kubernetes ${oldest()},`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = path.join(await moduleFolder('k8s.io/kubernetes'), 'api/openapi-spec/v3');
  });

  it.each(chartCases())('have no unknown field and no wrong type: $name', async ({ values }) => {
    for (const object of objectsIn(await renderChart(values))) {
      const isKnown = !isForeign(object) && object.kind !== 'TokenPolicy';
      expect(openApiProblems(object, folder), `of the ${object.kind}`).toEqual(
        isKnown ? [] : undefined,
      );
    }
  });

  it('are held against the version that the chart names', async () => {
    const chart = readFileSync(path.join(import.meta.dirname, '../../../chart/Chart.yaml'), 'utf8');
    expect(chart).toContain(`kubeVersion: ">=${oldest()}-0"`);
  });

  it('would not pass with an unknown field, a missing one or a wrong type', async () => {
    const broken = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'x', lables: {} },
      spec: { ports: [{ name: 'https', port: '443' }, { name: 'http' }], selector: { a: 1 } },
    };
    expect(openApiProblems(broken, folder)).toEqual([
      'Service.metadata.lables: is unknown',
      'Service.spec.ports[0].port: must be a whole number',
      'Service.spec.ports[1].port: is missing',
      'Service.spec.selector.a: must be a string',
    ]);
  });
});

function oldest(): string {
  return moduleVersion('k8s.io/kubernetes');
}

/** A pod as a Deployment makes it, or the pod itself; the accounts are not there in a dry run. */
function podOf({ kind, ...object }: KubeObject): KubeObject[] {
  const spec = object['spec'] as { readonly template?: { readonly spec: object } };
  if (kind !== 'Pod' && kind !== 'Deployment') return [];
  const { serviceAccountName: _account, ...podSpec } = (spec.template?.spec ?? spec) as {
    readonly serviceAccountName?: string;
  };
  return [{ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: podSpec }];
}
