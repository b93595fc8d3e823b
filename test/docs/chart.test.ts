import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { isObject } from '../../src/core/json.ts';
import { conditionReasons } from '../../src/core/status/condition-reasons.ts';
import { parsePolicy } from '../../src/core/policy/parse-policy.ts';
import { blocksOf, codeIn, filesBelow, pages, proseOf, read } from './documentation.ts';
import { isValue, valuesProblems, valuesSchema } from './values.ts';

const sections = Object.keys(valuesSchema.properties ?? {});
const objectsIn = (text: string): unknown[] =>
  parseAllDocuments(text).map((document) => document.toJS() as unknown);
const at = (object: unknown, path: string): unknown =>
  path.split('.').reduce((node, key) => (isObject(node) ? node[key] : undefined), object);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The values in the spec of an Application, which has one source or several. */
const valuesOf = (spec: unknown): unknown[] =>
  [at(spec, 'source'), ...list(at(spec, 'sources'))].flatMap(
    (source) => at(source, 'helm.valuesObject') ?? [],
  );

/** What stands in the place of values of our chart, in the forms that Argo CD, Flux and Helm read. */
function valuesIn(object: unknown): unknown[] {
  const kind = at(object, 'kind');
  if (kind === 'HelmRelease') return [at(object, 'spec.values') ?? {}];
  if (kind === 'ApplicationSet') return valuesOf(at(object, 'spec.template.spec'));
  if (kind === 'Application') return valuesOf(at(object, 'spec'));
  // A part of a policy has a spec, and every other object a kind.
  return kind === undefined && at(object, 'spec') === undefined ? [object] : [];
}

describe('values of the chart', () => {
  it('are judged by the test', () => {
    expect(valuesProblems({ webhook: { port: 10250 } })).toEqual([]);
    expect(valuesProblems({ webhook: { port: 0, prot: 1 }, config: { agent: 1 } })).toEqual([
      'webhook.port: is out of range',
      'webhook.prot: is no value of the chart',
      'config.agent: must be of type string',
    ]);
    expect(isValue('config.match.podSelector.matchLabels.app')).toBe(true);
    expect(isValue('config.secretName')).toBe(false);
  });

  it.each(pages)('in YAML of %s are in its schema', (page) => {
    const values = blocksOf(page, 'yaml').flatMap(objectsIn).flatMap(valuesIn);
    expect(values.flatMap((one) => valuesProblems(one))).toEqual([]);
  });

  it.each(pages)('that %s names in its text or sets exist', (page) => {
    const path = new RegExp(`^(?:${sections.join('|')})(?:\\.[a-zA-Z]+)+$`);
    // A file, and the group of a CRD.
    const named = codeIn(proseOf(page))
      .map((code) => code.split('=')[0]!)
      .filter((code) => path.test(code) && code !== 'config.yaml');
    // Charts of others have other values.
    const shell = blocksOf(page, 'sh')
      .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
      .filter((line) => line.includes('./chart'))
      .join('\n');
    const set = [...shell.matchAll(/--set(?:-file)? '?([^ =]+)=/g)].map(([, key = '']) => key);
    expect([...named, ...set].filter((key) => !isValue(key))).toEqual([]);
  });

  it('are set by the commands that install', () => {
    expect(blocksOf('README.md', 'sh').join('\n')).toContain(
      "helm install token-injector ./chart --namespace token-injector --create-namespace --set 'config.agents={aikido-zen}'",
    );
  });
});

describe('objects that shell blocks name', () => {
  const rendered = objectsIn(read('test/chart/cases/defaults/expected.yaml'));
  const written = [
    'mutatingwebhookconfiguration token-injector',
    'secret token-injector-ca',
    'secret token-injector-tls',
    'validatingadmissionpolicy token-injector-aikido',
    'validatingadmissionpolicybinding token-injector-aikido',
    // The page makes and deletes it.
    'mutatingwebhookconfiguration token-injector-check',
    // Of the case cert-manager.
    'certificate token-injector-tls',
  ];
  const known = new Set([
    ...rendered.map((object) => {
      const kind = String(at(object, 'kind')).toLowerCase();
      return `${kind} ${String(at(object, 'metadata.name'))}`;
    }),
    ...written,
  ]);

  it.each(pages)('of %s are those of the chart and of the controller', (page) => {
    const named = [
      ...blocksOf(page, 'sh')
        .join('\n')
        .matchAll(/(?<![-a-z])([a-z]+)[ /](token-injector(?:-[a-z]+)*)(?![-a-z.:])/g),
    ]
      .map(([, kind, name]) => `${kind} ${name}`)
      .filter((text) =>
        /^(deployment|service|secret|certificate|[a-z]+webhook|validating)/.test(text),
      );
    expect(named.filter((text) => !known.has(text))).toEqual([]);
  });
});

describe('examples', () => {
  const files = ['examples/argocd', 'examples/flux'].flatMap((folder) =>
    filesBelow(folder, '.yaml'),
  );
  const objects = files.flatMap((file) => objectsIn(read(file)));
  const find = (kind: string, name: string) =>
    objects.find((one) => at(one, 'kind') === kind && at(one, 'metadata.name') === name);

  it('are shown to the letter', () => {
    expect(files.length).toBe(5);
    const shown = blocksOf('docs/gitops.md', 'yaml');
    expect(files.filter((file) => !shown.includes(read(file)))).toEqual([]);
  });

  it('set values that the chart has', () => {
    const values = objects.flatMap(valuesIn);
    expect(values).toHaveLength(2);
    expect(values.flatMap((one) => valuesProblems(one))).toEqual([]);
  });

  it('leave the CRD to one of the two that could apply it', () => {
    const release = find('HelmRelease', 'token-injector');
    expect(at(release, 'spec.install.crds')).toBe('CreateReplace');
    expect(at(release, 'spec.upgrade.crds')).toBe('CreateReplace');
    for (const values of objects.flatMap(valuesIn)) expect(at(values, 'crds.update')).toBe(false);
  });

  it('keep the names of the objects and the namespace as the pages have them', () => {
    const release = find('HelmRelease', 'token-injector');
    const application = find('Application', 'token-injector');
    const [chart] = list(at(application, 'spec.sources'));
    expect([at(release, 'spec.releaseName'), at(chart, 'helm.releaseName')]).toEqual([
      'token-injector',
      'token-injector',
    ]);
    expect([
      at(release, 'spec.targetNamespace'),
      at(application, 'spec.destination.namespace'),
    ]).toEqual(['token-injector', 'token-injector']);
    expect(at(chart, 'path')).toBe('chart');
    expect(at(release, 'spec.chart.spec.chart')).toBe('./chart');
  });

  it('hold a policy that can be used, after the chart', () => {
    const policy = find('TokenPolicy', 'aikido');
    expect(parsePolicy(policy)).toMatchObject({ ok: true });
    const { annotations } = (policy as { metadata: { annotations: object } }).metadata;
    expect(annotations).toEqual({ 'argocd.argoproj.io/sync-wave': '1' });
    const dependsOn = at(find('Kustomization', 'token-policies'), 'spec.dependsOn');
    expect(dependsOn).toEqual([{ name: 'token-injector' }]);
    expect(at(find('Kustomization', 'token-injector'), 'spec.wait')).toBe(true);
  });

  it('judge a policy by conditions and reasons that it has', () => {
    const group = String(
      at(parse(read('chart/crds/tokenpolicies.token-injector.dev.yaml')), 'spec.group'),
    );
    const data = at(find('ConfigMap', 'argocd-cm'), 'data') as Record<string, string>;
    const [[key, lua]] = Object.entries(data) as [[string, string]];
    expect(key).toBe(`resource.customizations.health.${group}_TokenPolicy`);
    const [flux] = list(at(find('Kustomization', 'token-policies'), 'spec.healthCheckExprs'));
    expect(at(flux, 'kind')).toBe('TokenPolicy');
    const cel = `${String(at(flux, 'failed'))} ${String(at(flux, 'current'))}`;
    for (const text of [lua, cel]) {
      const types = [...text.matchAll(/\.type == ["'](\w+)["']/g)].map(([, type]) => type);
      expect(new Set(types)).toEqual(new Set(['Ready']));
      const quoted = [...text.matchAll(/["']([A-Z]\w+)["']/g)].map(([, word]) => word!);
      const reasons = quoted.filter((word) => Object.hasOwn(conditionReasons.Ready, word));
      expect(new Set(reasons)).toEqual(
        new Set(['Invalid', 'NotPermitted', 'Paused', 'TooManyPolicies']),
      );
      // Words of Kubernetes and of Argo CD.
      const others = ['Ready', 'True', 'Progressing', 'Healthy', 'Degraded', 'Suspended'];
      expect(quoted.filter((word) => ![...reasons, ...others].includes(word))).toEqual([]);
    }
  });
});
