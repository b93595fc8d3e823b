import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { unifiedDiff } from '../../../src/manifests/diff.ts';
import type { KubeObject } from '../api.ts';
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

  it('renders the same twice', async () => {
    for (const { values } of cases)
      expect(await renderChart(values)).toBe(await renderChart(values));
  });

  it('has no webhook configuration, no Secret and no certificate of its own making', async () => {
    for (const { values } of cases) {
      const kinds = objectsIn(await renderChart(values)).map(({ kind }) => kind);
      expect(kinds).not.toContain('Secret');
      expect(kinds.filter((kind) => kind.includes('Webhook'))).toEqual([]);
    }
  });

  it('says after the installation what to do next, and where nothing will happen', async () => {
    const notes = async (namespace: string, values: string) => {
      const dryRun = ['install', 'token-injector', chart, '--dry-run=client', '-f', '-'];
      const text = await runHelm([...dryRun, '-n', namespace], values);
      return text.slice(text.indexOf('\nNOTES:'));
    };
    const secret = 'config: {existingSecret: {name: aikido-api-secret}}';
    const withPolicy = await notes('token-injector', secret);
    expect(withPolicy).toContain('kubectl get tokenpolicy aikido');
    expect(withPolicy).toContain('Secret "aikido-api-secret" of their own namespace');
    expect(withPolicy).not.toContain('WARNING');
    expect(withPolicy).not.toContain('denies');
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

describeCluster(
  'values that contradict each other end in an error that says how to mend them',
  () => {
    const secret = 'config: {existingSecret: {name: a}}';
    it.each([
      [
        'config: {existingSecret: {name: a}, match: {annotation: Required}}',
        'config.match is set without config.inject: say in config.inject what the pods get',
      ],
      [
        'config: {existingSecret: {name: a}, inject: {env: []}}',
        'config.inject is set without config.match: say in config.match which pods get it',
      ],
      [
        'config: {existingSecret: {name: a}, agent: datadog}',
        'config.agent is "datadog", which the chart does not know (it knows aikido): set config.match and config.inject for it',
      ],
      [
        'config: {existingSecret: {name: a, key: k}, match: {annotation: Required}, inject: {env: []}}',
        'config.existingSecret.key and config.inject are both set',
      ],
      [
        'config: {existingSecret: {key: k}}',
        'config.existingSecret.key is set without config.existingSecret.name: set the name of the Secret, or leave the key out',
      ],
      [
        'config: {match: {annotation: Required}, inject: {env: [{name: A, key: a}]}}',
        'config.match, config.inject are set without config.existingSecret.name, so that no TokenPolicy would be made',
      ],
      [
        'config: {enforce: {missingToken: Deny}}',
        '- config.enforce.missingToken is set without config.existingSecret.name, so that no TokenPolicy would be made',
      ],
      [
        'config: {existingSecret: {name: a}, match: {systemNamespaces: true}, inject: {env: []}, enforce: {missingToken: Deny}}',
        'config.enforce.missingToken is Deny, but config.match requires no label: set one in config.match.podSelector',
      ],
      [
        'config: {existingSecret: {name: a}, match: {namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: Exists}]}}, inject: {env: []}, enforce: {missingToken: Deny}}',
        'config.enforce.missingToken is Deny, but config.match requires no label: set one in config.match.podSelector',
      ],
      [
        'certificates: {source: file}',
        'certificates.source is file without certificates.file.secretName: set the name of your Secret',
      ],
      [
        'certificates: {source: file, file: {secretName: a}}',
        'certificates.source is file without certificates.file.caBundle: set the PEM certificates of the CA',
      ],
      [
        'certificates: {file: {secretName: a}}',
        'certificates.file is set, but certificates.source is self: set certificates.source to file',
      ],
      [
        'certificates: {certManager: {issuerRef: {name: a}}}',
        'certificates.certManager.issuerRef is set, but certificates.source is self',
      ],
      [
        'certificates: {source: cert-manager, certManager: {issuerRef: {kind: Issuer}}}',
        'certificates.certManager.issuerRef has no name: set the name of the issuer',
      ],
      [
        'certificates: {self: {caDuration: 47h, certDuration: 2d}}',
        'certificates.self.certDuration is longer than half of certificates.self.caDuration',
      ],
      [
        'webhook: {hostNetwork: {enabled: true, port: 9000, healthPort: 9000}}',
        'webhook.hostNetwork.port and webhook.hostNetwork.healthPort are the same',
      ],
      [
        'webhook: {hostNetwork: {enabled: true, port: 10250}}',
        "webhook.hostNetwork uses port 10250, which is the kubelet's on every node: set another one",
      ],
      [
        'webhook: {hostNetwork: {enabled: true}}\nnetworkPolicy: {enabled: true}',
        'webhook.hostNetwork.enabled and networkPolicy.enabled are both true',
      ],
      [
        'webhook: {port: 8080}',
        'webhook.port is 8080, which health checks and metrics use: set another one',
      ],
      [
        'networkPolicy: {metricsFrom: [{podSelector: {}}]}',
        'networkPolicy.enabled is false: set it to true, or leave them out',
      ],
      [
        'extraEnv: [{name: LOG_LEVEL, value: debug}]',
        'extraEnv sets LOG_LEVEL, which the chart sets itself: leave it out, set logLevel instead',
      ],
      [
        'extraEnv: [{name: POD_NAMESPACE, value: other}]',
        'extraEnv sets POD_NAMESPACE, which the chart sets itself: leave it out, it is always the namespace of the release',
      ],
      [
        'webhook: {serviceAccount: {create: false}}',
        'webhook.serviceAccount.create is false without webhook.serviceAccount.name: set the name of your ServiceAccount',
      ],
      [
        'controller: {serviceAccount: {create: false, name: default}}',
        'controller.serviceAccount.name is default, the account of every pod of the namespace that names none',
      ],
      [
        'webhook: {serviceAccount: {name: token-injector-controller}}',
        'webhook.serviceAccount.name and controller.serviceAccount.name are the same account',
      ],
      [
        'controller: {pdb: {minAvailable: 1, maxUnavailable: 50%}}',
        'controller.pdb.minAvailable and controller.pdb.maxUnavailable are both set',
      ],
      ['dnsPolicy: None', 'dnsPolicy is None without dnsConfig.nameservers'],
      [
        'commonLabels: {app.kubernetes.io/name: a}',
        'commonLabels sets app.kubernetes.io/name, which the chart sets itself: leave it out',
      ],
      [
        'webhook: {podLabels: {app.kubernetes.io/component: a}}',
        'webhook.podLabels sets app.kubernetes.io/component, which the chart sets itself',
      ],
    ])('%s', async (values, message) => {
      await expect(renderChart(values)).rejects.toThrow(message);
    });

    it.each([
      'podSelector: {matchLabels: {app: agent}}',
      'podSelector: {matchExpressions: [{key: app, operator: Exists}]}',
      'namespaceSelector: {matchLabels: {team: a}}',
      'namespaceSelector: {matchExpressions: [{key: team, operator: Exists}]}',
      'annotation: Required',
    ])('but Deny may be set with a match that leaves pods out: %s', async (match) => {
      const others = 'inject: {env: [{name: A, key: a}]}, enforce: {missingToken: Deny}';
      const values = `config: {existingSecret: {name: a}, match: {${match}}, ${others}}`;
      expect(await renderChart(values)).toContain('missingToken: Deny');
    });

    it('names all of them at once', async () => {
      const values = `${secret}\ncertificates: {source: file}\nwebhook: {port: 8080}`;
      await expect(renderChart(values)).rejects.toThrow(
        /certificates\.file\.secretName(.|\n)+certificates\.file\.caBundle(.|\n)+webhook\.port/,
      );
    });
  },
);

describeCluster('values that the schema refuses', () => {
  describe.each([
    ['replicas: 1', "additional properties 'replicas' not allowed"],
    ['config: {apiToken: a}', "at '/config': additional properties 'apiToken' not allowed"],
    [
      'config: {match: {podSelecter: {}}}',
      "at '/config/match': additional properties 'podSelecter' not allowed",
    ],
    ['config: {agent: probe/1}', "at '/config/agent'"],
    ['webhook: {replicas: 0}', "at '/webhook/replicas': minimum: got 0, want 1"],
    ['webhook: {port: "10250"}', "at '/webhook/port': got string, want integer"],
    ['certificates: {source: none}', "at '/certificates/source': value must be one of"],
    ['certificates: {file: {caBundle: secret}}', "at '/certificates/file/caBundle'"],
    ['logLevel: loud', "at '/logLevel': value must be one of"],
    ['image: {digest: latest}', "at '/image/digest'"],
    ['config: {agent: probe}', "at '/config/agent': 'not' failed"],
    [
      'enforcement: {missingToken: {policies: [probe]}}',
      "at '/enforcement/missingToken/policies/0': 'not' failed",
    ],
    ['webhook: {pdb: {minAvailable: half}}', "at '/webhook/pdb/minAvailable'"],
    ['dnsPolicy: Host', "at '/dnsPolicy': value must be one of"],
    ['commonLabels: {a: 1}', "at '/commonLabels/a': got number, want string"],
    ['extraEnv: [{value: a}]', "at '/extraEnv/0': missing property 'name'"],
    ['extraEnv: [{name: A}]', "at '/extraEnv/0': 'oneOf' failed"],
    ['extraEnv: [{name: A, value: 1}]', "at '/extraEnv/0/value': got number, want string"],
    [
      'extraEnv: [{name: A, valeu: a}]',
      "at '/extraEnv/0': additional properties 'valeu' not allowed",
    ],
  ])('%s', (values, message) => {
    it('are named with their path', async () => {
      await expect(renderChart(values)).rejects.toThrow(message);
    });
  });

  it('are not those that Helm adds for a chart that depends on this one', async () => {
    await expect(renderChart('global: {region: north}')).resolves.toContain('kind: Deployment');
  });
});
