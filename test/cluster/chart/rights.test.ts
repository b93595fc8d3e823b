import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { rightsInForce } from '../rights-in-force.ts';
import { describeCluster } from '../suite.ts';
import { objectsIn, renderChart } from './render.ts';

// Not the name of a real installation, which the cluster may have as well.
const name = 'token-injector-rights';
const values = `
fullnameOverride: ${name}
config: {existingSecret: {name: aikido-api-secret}, secretNames: [snyk-token]}
enforcement: {missingToken: {policies: [snyk]}}`;
const rightsFolder = path.join(import.meta.dirname, '../../chart/rights');
const configuration = (called: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: called },
});
const selects = (called: string) => `--field-selector=metadata.name=${called}`;
const secret = (called: string, namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: called, namespace },
});

describeCluster('the rights that the chart gives', ({ api, kubectl }) => {
  let namespace: string;
  let manifests: string;
  beforeAll(async () => {
    namespace = await createNamespace(api, 'rights');
    const roles = objectsIn(await renderChart(values, namespace)).filter(({ kind }) =>
      /^(ServiceAccount|(Cluster)?Role(Binding)?)$/.test(kind),
    );
    manifests = roles.map((object) => stringify(object)).join('---\n');
    const { code, stderr } = await kubectl(['apply', '--server-side', '-f', '-'], {
      input: manifests,
    });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await rightsInForce(api, roles);
  });
  afterAll(async () => {
    await kubectl(['delete', '--ignore-not-found', '-f', '-'], { input: manifests });
    await deleteNamespace(api, namespace);
  });

  const as = (component: string) => `--as=system:serviceaccount:${namespace}:${name}-${component}`;
  /** Whether a component may do it, as a dry run. */
  const may = async (component: string, args: readonly string[], object?: object) => {
    const input = object ? stringify(object) : '';
    const { code, stderr } = await kubectl([...args, as(component)], { input });
    if (code !== 0) expect(stderr).toMatch(/forbidden/i);
    return code === 0;
  };

  it.each(['webhook', 'controller'])('of %s are those of the table', async (component) => {
    const tables: string[] = [];
    const everybody = `--as=system:serviceaccount:${namespace}:default`;
    for (const [where, at] of [
      ['in its own namespace', namespace],
      ['in any other namespace', 'default'],
    ] as const) {
      const list = ['auth', 'can-i', '--list', '--no-headers', '-n', at];
      const common = rowsOf((await kubectl([...list, everybody])).stdout);
      const rows = rowsOf((await kubectl([...list, as(component)])).stdout);
      const own = rows.filter((row) => !common.includes(row));
      tables.push([where, '', ...own].join('\n'));
    }
    await expect(`${tables.join('\n\n')}\n`).toMatchFileSnapshot(
      path.join(rightsFolder, `${component}.txt`),
    );
  });

  describe('let the controller', () => {
    const apply = ['apply', '--server-side', '--dry-run=server', '--force-conflicts', '-f', '-'];
    const create = ['create', '--dry-run=server', '-f', '-'];

    it('write its own webhook configuration and no other', async () => {
      expect(await may('controller', apply, configuration('token-injector'))).toBe(true);
      expect(await may('controller', apply, configuration('other'))).toBe(false);
      // A POST names no object that a rule could be limited to.
      expect(await may('controller', create, configuration('token-injector'))).toBe(false);
      expect(await may('controller', ['get', 'mutatingwebhookconfigurations'])).toBe(false);
    });

    it('read and change the Secrets of its certificates and no other of its namespace', async () => {
      const get = ['get', 'secret', '-n', namespace, '--ignore-not-found'];
      expect(await may('controller', [...get, `${name}-ca`])).toBe(true);
      expect(await may('controller', [...get, 'other'])).toBe(false);
      expect(await may('controller', ['get', 'secrets', '-n', namespace])).toBe(false);
      expect(await may('controller', apply, secret(`${name}-tls`, namespace))).toBe(true);
      expect(await may('controller', apply, secret('other', namespace))).toBe(false);
      expect(await may('controller', create, secret(`${name}-ca`, 'default'))).toBe(false);
    });

    it('list the Secrets that the values name, in every namespace, and change none', async () => {
      const list = (called: string) => ['get', 'secrets', '-A', selects(called)];
      expect(await may('controller', list('aikido-api-secret'))).toBe(true);
      expect(await may('controller', list('snyk-token'))).toBe(true);
      expect(await may('controller', list('other'))).toBe(false);
      expect(await may('controller', apply, secret('aikido-api-secret', 'default'))).toBe(false);
    });

    it('write no policy, role or workload', async () => {
      const kinds = ['tokenpolicies', 'clusterroles', 'rolebindings', 'pods', 'deployments.apps'];
      for (const kind of kinds)
        for (const verb of ['create', 'patch', 'update', 'delete']) {
          const { stdout } = await kubectl(['auth', 'can-i', verb, kind, '-A', as('controller')]);
          expect(`${verb} ${kind}: ${stdout.trim()}`).toBe(`${verb} ${kind}: no`);
        }
    });
  });

  it('let the webhook read one Secret', async () => {
    const list = (called: string, at: string) => ['get', 'secrets', '-n', at, selects(called)];
    expect(await may('webhook', list(`${name}-tls`, namespace))).toBe(true);
    expect(await may('webhook', list(`${name}-ca`, namespace))).toBe(false);
    expect(await may('webhook', list('aikido-api-secret', 'default'))).toBe(false);
  });
});

/** The rows of `kubectl auth can-i --list` in a stable order. */
function rowsOf(text: string): string[] {
  const rows = text.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '));
  return rows.filter((row) => row !== '').toSorted();
}
