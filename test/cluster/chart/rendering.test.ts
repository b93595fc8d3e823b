import path from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { catalogueAgents } from '../../../src/catalogue/catalogue.ts';
import { parsePolicy } from '../../../src/core/policy/parse-policy.ts';
import { unifiedDiff } from '../../../src/manifests/diff.ts';
import type { KubeObject } from '../api.ts';
import { run } from '../../commands/program.ts';
import { describeCluster } from '../suite.ts';
import { chart, chartCases, objectsIn, renderChart, runHelm } from './render.ts';

const { version, kubeVersion } = parse(readFileSync(path.join(chart, 'Chart.yaml'), 'utf8')) as {
  readonly version: string;
  readonly kubeVersion: string;
};
/** A rendering without what changes with every version. */
const masked = (text: string) =>
  text
    .replaceAll(`token-injector-${version}`, 'token-injector-VERSION')
    .replaceAll(`version: "${version}"`, 'version: "VERSION"')
    .replaceAll(`:${version}"`, ':VERSION"');
const cases = chartCases();
const defaults = cases.find(({ name }) => name === 'defaults')!;

const policiesIn = (text: string) => objectsIn(text).filter(({ kind }) => kind === 'TokenPolicy');

describeCluster('the chart', () => {
  it('renders the defaults as expected', async () => {
    const text = masked(await renderChart(defaults.values));
    await expect(text).toMatchFileSnapshot(path.join(defaults.folder, 'expected.yaml'));
  });

  it.each(cases.filter((one) => one !== defaults))(
    'renders $name as expected, compared with the defaults',
    async ({ folder, values }) => {
      const before = masked(await renderChart(defaults.values));
      const diff = unifiedDiff('manifests.yaml', [
        { line: 1, before, after: masked(await renderChart(values)) },
      ]);
      // Without the line numbers, which a change of the defaults would change everywhere.
      const stable = diff.replaceAll(/^@@ .* @@$/gm, '@@');
      await expect(stable).toMatchFileSnapshot(path.join(folder, 'expected.diff'));
    },
  );

  it('renders each agent of the catalogue as its policy, and lets the controller read its Secret', async () => {
    const agents = catalogueAgents().filter(({ policy }) => policy);
    const names = agents.map(({ name }) => name);
    const objects = objectsIn(await renderChart(`config: {agents: [${names.join(', ')}]}`));
    const policies = objects.filter(({ kind }) => kind === 'TokenPolicy');
    const specs = policies.map((policy) => [policy.metadata.name, policy['spec']]);
    expect(Object.fromEntries(specs)).toEqual(
      Object.fromEntries(agents.map(({ name, policy }) => [name, (policy as KubeObject)['spec']])),
    );
    const text = JSON.stringify(objects.filter(({ kind }) => kind === 'ClusterRole'));
    for (const policy of policies) {
      const { name, labels } = policy.metadata;
      const parsed = parsePolicy({ ...policy, metadata: { name, labels } });
      expect(parsed).toMatchObject({ ok: true });
      if (parsed.ok) expect(text).toContain(`"${parsed.policy.spec.secret.name}"`);
    }
  });

  it('renders each agent of the catalogue as config.agent too, with the Secret and the key of the values', async () => {
    const agents = catalogueAgents().filter(({ policy }) => policy);
    for (const { name, policy } of agents) {
      const { spec } = policy as { readonly spec: object };
      const own = name === 'aikido' ? '{name: given, key: config.yaml}' : '{name: given}';
      const [rendered] = policiesIn(
        await renderChart(`config: {existingSecret: ${own}, agent: ${name}}`),
      );
      expect(rendered).toMatchObject({ metadata: { name } });
      expect(rendered!['spec']).toEqual({ ...spec, secret: { name: 'given' } });
    }
    const given = '{name: given, key: other}';
    const [files] = policiesIn(
      await renderChart(`config: {existingSecret: ${given}, agent: sysdig}`),
    );
    expect(files).toMatchObject({
      metadata: { name: 'sysdig' },
      spec: { inject: { files: [{ items: [{ key: 'other', path: 'access-key' }] }] } },
    });
    const [variable] = policiesIn(
      await renderChart(
        `config: {existingSecret: ${given}, agent: datadog, enforce: {missingToken: Deny}}`,
      ),
    );
    expect(variable).toMatchObject({
      spec: {
        inject: { env: [{ name: 'DD_API_KEY', key: 'other' }] },
        enforce: { missingToken: 'Deny' },
      },
    });
  });

  it('renders an agent of the catalogue with another match or inject', async () => {
    const secret = 'existingSecret: {name: given}, agent: aikido-zen';
    const match = { namespaces: ['shop'] };
    const inject = { env: [{ name: 'OTHER', key: 'token' }] };
    const [other] = policiesIn(
      await renderChart(`config: {${secret}, match: ${JSON.stringify(match)}}`),
    );
    expect(other).toMatchObject({ spec: { match, inject: { env: [{ name: 'AIKIDO_TOKEN' }] } } });
    const [another] = policiesIn(
      await renderChart(`config: {${secret}, inject: ${JSON.stringify(inject)}}`),
    );
    expect(another).toMatchObject({ spec: { match: { annotation: 'Required' }, inject } });
  });

  it('replaces only those fields of the match of the catalogue that are set', async () => {
    const matchOf = async (match: string) => {
      const [policy] = policiesIn(
        await renderChart(
          `config: {existingSecret: {name: given, key: config.yaml}, agents: [aikido], match: ${match}}`,
        ),
      );
      return (policy!['spec'] as { readonly match: object }).match;
    };
    const podSelector = { matchLabels: { 'aikido-security': 'kubernetes-agent' } };
    const containers = { include: ['kubernetes-agent'] };
    expect(await matchOf('{namespaces: [aikido]}')).toEqual({
      namespaces: ['aikido'],
      podSelector,
      containers,
    });
    // Nothing of the selector that it replaces.
    expect(await matchOf('{podSelector: {matchLabels: {app: agent}}}')).toEqual({
      podSelector: { matchLabels: { app: 'agent' } },
      containers,
    });
    expect(await matchOf('{podSelector: {}, containers: {}, annotation: Required}')).toEqual({
      podSelector: {},
      containers: {},
      annotation: 'Required',
    });
  });

  it('takes config.existingSecret for the Secret of the only agent', async () => {
    const text = await renderChart('config: {existingSecret: {name: given}, agents: [datadog]}');
    expect(policiesIn(text)).toMatchObject([
      { metadata: { name: 'datadog' }, spec: { secret: { name: 'given' } } },
    ]);
    const both = await renderChart(
      'config: {existingSecret: {name: given}, agent: aikido, agents: [datadog]}',
    );
    expect(policiesIn(both)).toMatchObject([
      { metadata: { name: 'aikido' }, spec: { secret: { name: 'given' } } },
      { metadata: { name: 'datadog' }, spec: { secret: { name: 'datadog-secret' } } },
    ]);
  });

  it('renders policies that the program can validate before they are installed', async () => {
    const validate = async (values: string) =>
      run(['validate', '-'], { stdin: await renderChart(values) });
    const secret = 'secret: {name: a}';
    expect(await validate('config: {existingSecret: {name: a}}')).toMatchObject({
      code: 0,
      stdout: 'valid: aikido\n',
      stderr: expect.stringMatching(/^[0-9]+ documents skipped among the policies: .*Deployment/),
    });
    const { code, stderr } = await validate(
      `policies: {a: {${secret}, inject: {env: [{name: NODE_OPTIONS, key: a}], files: [{mountPath: /etc}]}}}`,
    );
    expect(code).toBe(1);
    expect(stderr).toContain('must not be a variable that loads code');
    expect(stderr).toContain('must not be where the kubelet');
  });

  it('renders only policies that are valid', async () => {
    for (const { values } of cases)
      for (const { metadata, ...policy } of policiesIn(await renderChart(values)))
        expect(parsePolicy({ ...policy, metadata: { name: metadata.name } })).toMatchObject({
          ok: true,
        });
  });

  it('has config.apiToken in its Secret and nowhere else, without the white space around it', async () => {
    const token = 'canary-0123456789';
    const values = `config: {apiToken: " ${token}\\n"}`;
    const dryRun = ['install', 'token-injector', chart, '--dry-run=client', '-f', '-'];
    const text = await runHelm([...dryRun, '-n', 'token-injector'], values);
    const [, secret] = /^data:\n {2}token: (.*)$/m.exec(text) ?? [];
    expect(secret).toBe(btoa(token));
    const rest = text.replace(secret!, '');
    for (const form of [token, secret!]) expect(rest).not.toContain(form);
  });

  it('renders the same twice', async () => {
    for (const { values } of cases)
      expect(await renderChart(values)).toBe(await renderChart(values));
  });

  it('has no webhook configuration, no certificate, and no Secret but that of config.apiToken', async () => {
    for (const { name, values } of cases) {
      const kinds = objectsIn(await renderChart(values)).map(({ kind }) => kind);
      expect(kinds.includes('Secret')).toBe(name === 'api-token');
      expect(kinds.filter((kind) => kind.includes('Webhook'))).toEqual([]);
    }
  });

  it('says after the installation what to do next, and where nothing will happen', async () => {
    const notes = async (namespace: string, values: string) => {
      const dryRun = ['install', 'token-injector', chart, '--dry-run=client', '-f', '-'];
      const text = await runHelm([...dryRun, '-n', namespace], values);
      return text.slice(text.indexOf('\nNOTES:'));
    };
    const secret = 'config: {existingSecret: {name: aikido-api-secret, key: config.yaml}}';
    const withPolicy = await notes('token-injector', secret);
    expect(withPolicy).toContain('kubectl get tokenpolicy aikido');
    expect(withPolicy).toContain('Secret "aikido-api-secret" of their own namespace');
    expect(withPolicy).toContain('apiEndpoint: https://k8s.aikido-security.com');
    const datadog = 'config: {existingSecret: {name: a}, agents: [datadog]}';
    expect(await notes('token-injector', datadog)).toContain('kubectl get tokenpolicy datadog');
    expect(await notes('token-injector', datadog)).not.toContain('apiEndpoint');
    expect(withPolicy).not.toContain('WARNING');
    expect(withPolicy).not.toContain('denies');
    const delivered = await notes('token-injector', 'config: {existingSecret: {name: a}}');
    expect(delivered).toContain(
      'delivered from namespace token-injector to aikido, with config.yaml made of the key token',
    );
    expect(delivered).toContain('create secret generic a --from-file=token=/dev/stdin');
    expect(delivered).not.toContain('apiEndpoint');
    expect(delivered).not.toContain('NOT delivered');
    expect(delivered).not.toContain('the only agent');
    expect(await notes('token-injector', datadog)).toMatch(
      /It is NOT delivered: make it in each namespace with such pods, or have it delivered from namespace\s+token-injector: name these namespaces in config.namespaces\./,
    );
    const selected =
      'config: {existingSecret: {name: a}, agent: datadog, match: {namespaces: [b]}}';
    expect(await notes('token-injector', selected)).toMatch(
      /with such pods \(b\),(.|\n)+config.namespaces, in place of config.match.namespaces\./,
    );
    expect(await notes('token-injector', datadog)).toContain(
      "It is the Secret of datadog, the only agent in config.agents. If the token is another agent's, set config.agent.",
    );
    const refuse = 'config: {existingSecret: {name: a}, enforce: {missingToken: Deny}}';
    expect(await notes('token-injector', refuse)).toContain('the API server denies new ones');
    const listed = 'enforcement: {missingToken: {policies: [a, b]}}';
    expect(await notes('token-injector', listed)).toContain('pods denied for: a, b.');
    expect(await notes('token-injector', '{}')).toContain('This release creates no TokenPolicy');
    expect(await notes('default', secret)).toContain('agents in "default" get no token');
  });

  it('passes the linter, whatever the values', async () => {
    for (const { folder } of cases) {
      const values = path.join(folder, 'values.yaml');
      const lint = await runHelm(['lint', '--strict', chart, '-f', values]);
      expect(lint).toContain('0 chart(s) failed');
    }
  });

  it('puts the common labels and annotations on every object, and the labels on its pods', async () => {
    const { values } = cases.find(({ name }) => name === 'common-metadata')!;
    for (const { kind, metadata, ...object } of objectsIn(await renderChart(values))) {
      expect(metadata.labels, `of ${kind} ${metadata.name}`).toHaveProperty('cost-center');
      expect(metadata.annotations).toMatchObject({ 'example.com/owner': 'platform' });
      if (kind !== 'Deployment') continue;
      const { template } = object['spec'] as { readonly template: KubeObject };
      expect(template.metadata.labels).toHaveProperty('cost-center');
      expect(template.metadata.annotations).toBeUndefined();
    }
  });

  it('gives its rights to the accounts that the values name, and guards the one of the controller', async () => {
    const { values } = cases.find(({ name }) => name === 'components')!;
    const objects = objectsIn(await renderChart(values));
    const subjects = objects.flatMap(({ subjects: named = [] }) => named as { name: string }[]);
    expect(new Set(subjects.map(({ name }) => name))).toEqual(
      new Set(['injector', 'injector-controller']),
    );
    const guards = objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    expect(guards).toHaveLength(5);
    for (const { spec } of guards)
      expect(JSON.stringify(spec)).toContain(
        "'system:serviceaccount:token-injector:injector-controller'",
      );
    const accounts = objects.filter(({ kind }) => kind === 'ServiceAccount');
    expect(accounts.map(({ metadata }) => metadata.name)).toEqual(['injector']);
  });

  it('names no user of its own where the contexts are null', async () => {
    const { values } = cases.find(({ name }) => name === 'openshift')!;
    expect(await renderChart(values)).not.toMatch(/securityContext|runAsUser|65532/);
  });

  it('names every object after a release of another name, within the 63 characters of a name', async () => {
    const long = 'a-very-long-name-of-a-release-that-goes-on-and-on-x';
    const text = await runHelm(['template', long, chart, '-n', 'token-injector']);
    for (const { metadata } of objectsIn(text)) {
      expect(metadata.name).toMatch(/^a-very-long-name/);
      // The names of guards may be longer, and nothing is called after them.
      expect(metadata.name!.replace(/\.guard\..*/, '').length).toBeLessThanOrEqual(63);
    }
  });

  it('does not install on a Kubernetes older than the one that it names', async () => {
    const oldest = kubeVersion.replace(/^>=(.*)-0$/, '$1');
    const template = ['template', 'token-injector', chart, '--kube-version'];
    await expect(runHelm([...template, oldest])).resolves.toContain('kind: Deployment');
    await expect(runHelm([...template, '1.30.9'])).rejects.toThrow('incompatible with Kubernetes');
  });
});
