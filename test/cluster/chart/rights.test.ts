import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { accepted } from '../api.ts';
import { createNamespace, deleteNamespace } from '../namespaces.ts';
import { rightsInForce } from '../rights-in-force.ts';
import { describeCluster } from '../suite.ts';
import { objectsIn, renderChart } from './render.ts';

// Not the name of a real installation, which the cluster may have as well.
const name = 'token-injector-rights';
const values = `
fullnameOverride: ${name}
config:
  existingSecret: {name: aikido-api-secret, key: config.yaml}
  secretNames: [snyk-token]
  deliveredSecretNames: [delivered]
enforcement: {missingToken: {policies: [snyk]}}`;
const rightsFolder = path.join(import.meta.dirname, '../../chart/rights');
const configuration = (called: string) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: called },
});
const selects = (called: string) => `--field-selector=metadata.name=${called}`;
const groupOf: readonly (readonly [RegExp, string])[] = [
  [/^tokenpolicies/, 'token-injector.dev'],
  [/role/, 'rbac.authorization.k8s.io'],
  [/webhookconfigurations|validatingadmission/, 'admissionregistration.k8s.io'],
];
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

  /** As `kubectl auth can-i` asks. */
  const mayByReview = async (component: string, verb: string, what: string, at = '') => {
    const [kind = '', called] = what.split('/');
    const [resource, ...rest] = kind.split('.');
    const found = groupOf.find(([pattern]) => pattern.test(kind))?.[1] ?? '';
    const group = rest.length > 0 ? rest.join('.') : found;
    const resourceAttributes = { verb, group, resource, name: called, namespace: at };
    const user = `system:serviceaccount:${namespace}:${name}-${component}`;
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: { user, groups, resourceAttributes },
    };
    const { status } = await accepted(api.create<{ status: { allowed: boolean } }>(review));
    return `${verb} ${what}${at && ` in ${at}`}: ${status.allowed ? 'yes' : 'no'}`;
  };

  it.each(['webhook', 'controller', 'secrets-controller'])(
    'of %s are those of the table',
    async (component) => {
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
    },
  );

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

    it('read no Secret that the values name, whatever it asks for', async () => {
      for (const called of ['aikido-api-secret', 'snyk-token', 'delivered']) {
        expect(await may('controller', ['get', 'secrets', '-A', selects(called)])).toBe(false);
        expect(await may('controller', ['get', 'secret', '-n', namespace, called])).toBe(false);
        expect(await may('controller', apply, secret(called, 'default'))).toBe(false);
      }
    });
  });

  describe('let the secrets controller', () => {
    const component = 'secrets-controller';
    const apply = ['apply', '--server-side', '--dry-run=server', '-f', '-'];
    const list = (called: string) => ['get', 'secrets', '-A', selects(called)];

    it('read the Secrets that the values name, in every namespace, and no other', async () => {
      for (const called of ['aikido-api-secret', 'snyk-token', 'delivered'])
        expect(await may(component, list(called))).toBe(true);
      for (const called of ['other', `${name}-ca`, `${name}-tls`])
        expect(await may(component, list(called))).toBe(false);
      expect(await may(component, ['get', 'secrets', '-n', namespace])).toBe(false);
    });

    it('write those that it delivers, by apply alone, and no other', async () => {
      expect(await may(component, apply, secret('delivered', 'default'))).toBe(true);
      for (const called of ['aikido-api-secret', 'snyk-token', 'other'])
        expect(await may(component, apply, secret(called, 'default'))).toBe(false);
      // A POST names no object that a rule could be limited to.
      const create = ['create', '--dry-run=server', '-f', '-'];
      expect(await may(component, create, secret('delivered', 'default'))).toBe(false);
    });
  });

  it.each(['webhook', 'controller', 'secrets-controller'])(
    'let %s write no policy, role or workload, and no admission with a right to a token',
    async (component) => {
      const kinds = ['tokenpolicies', 'clusterroles', 'rolebindings', 'pods', 'deployments.apps'];
      const admission = ['mutating', 'validating'].map((kind) => `${kind}webhookconfigurations`);
      const policies = ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'];
      const named = [...admission, ...policies].map((kind) => `${kind}/token-injector`);
      const verbs = ['create', 'patch', 'update', 'delete'];
      const wanted = component === 'controller' ? kinds : [...kinds, ...named];
      const answers = await Promise.all(
        wanted.flatMap((kind) => verbs.map((verb) => mayByReview(component, verb, kind))),
      );
      expect(answers.filter((answer) => answer.endsWith(': yes'))).toEqual([]);
    },
  );

  it.each(['webhook', 'controller', 'secrets-controller'])(
    'let %s do nothing with any Secret that is not named',
    async (component) => {
      const verbs = [
        'get',
        'list',
        'watch',
        'create',
        'update',
        'patch',
        'delete',
        'deletecollection',
      ];
      const answers = await Promise.all(
        verbs.flatMap((verb) => [
          mayByReview(component, verb, 'secrets'),
          mayByReview(component, verb, 'secrets/other'),
          mayByReview(component, verb, 'secrets/other', namespace),
          mayByReview(component, verb, 'secrets', namespace),
        ]),
      );
      expect(answers.filter((answer) => answer.endsWith(': yes'))).toEqual(
        // The guard limits it to the name of the CA's.
        component === 'controller'
          ? [`create secrets/other in ${namespace}: yes`, `create secrets in ${namespace}: yes`]
          : [],
      );
    },
  );

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
