import { expect, it } from 'vitest';
import type { KubeObject } from '../api.ts';
import { describeCluster } from '../suite.ts';
import { chartCases, objectsIn, renderChart } from './render.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
interface Binding extends KubeObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects: readonly { readonly name: string }[];
}
interface GivenRule extends Rule {
  readonly everywhere: boolean;
}

const reading = ['get', 'list', 'watch'];
const everyRight = `
config:
  existingSecret: {name: aikido-api-secret}
  agents: [datadog]
  enforce: {missingToken: Deny}
  secretNames: [snyk-token]
  deliveredSecretNames: [delivered]
policies: {other: {match: {podSelector: {matchLabels: {a: b}}}, secret: {name: other}, inject: {env: [{name: A, key: a}]}}}`;

/** What each account of a rendering may do, by its name. */
function rightsOf(objects: readonly KubeObject[]): ReadonlyMap<string, readonly GivenRule[]> {
  const bindings = objects.filter(({ kind }) => kind.endsWith('RoleBinding')) as Binding[];
  const given = bindings.flatMap(({ kind, roleRef, subjects }) => {
    const role = objects.find(
      (object) => object.kind === roleRef.kind && object.metadata.name === roleRef.name,
    );
    const rules = role!['rules'] as readonly Rule[];
    const everywhere = kind === 'ClusterRoleBinding';
    return subjects.flatMap(({ name }) =>
      rules.map((rule) => ({ name, rule: { ...rule, everywhere } })),
    );
  });
  return new Map(
    [...Map.groupBy(given, ({ name }) => name)].map(([name, all]) => [
      name,
      all.map(({ rule }) => rule),
    ]),
  );
}

const ofSecrets = ({ apiGroups, resources }: Rule) =>
  apiGroups.includes('') && resources.includes('secrets');
const writes = ({ verbs }: Rule) => verbs.some((verb) => !reading.includes(verb));
const ofOthersPower = ({ apiGroups }: Rule) =>
  ['admissionregistration.k8s.io', 'apiextensions.k8s.io', 'rbac.authorization.k8s.io'].some(
    (group) => apiGroups.includes(group),
  );

describeCluster('the accounts of the chart', () => {
  it.each([...chartCases(), { name: 'every right', values: everyRight }])(
    'are apart: none may both read tokens and write admission, with $name',
    async ({ values }) => {
      const objects = objectsIn(await renderChart(values));
      const rights = rightsOf(objects);
      const readers = [...rights].filter(([, rules]) =>
        rules.some((rule) => ofSecrets(rule) && rule.everywhere),
      );
      const runsSecretsController = objects.some(
        ({ kind, metadata }) =>
          kind === 'Deployment' && metadata.name!.endsWith('secrets-controller'),
      );
      expect(readers).toHaveLength(runsSecretsController ? 1 : 0);
      for (const [, rules] of readers)
        expect(rules.filter((rule) => ofOthersPower(rule) && writes(rule))).toEqual([]);
      for (const rule of [...rights.values()].flat().filter(ofSecrets))
        if (rule.resourceNames === undefined)
          // The Secret of the CA, which the guard limits to its name.
          expect(rule).toMatchObject({ verbs: ['create'], everywhere: false });
    },
  );
});
