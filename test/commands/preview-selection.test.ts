import { expect, it } from 'vitest';
import { describePod } from '../../src/commands/preview/describe-pod.ts';
import { policySet } from '../../src/core/policy/policy-set.ts';
import { previewText } from '../../src/manifests/preview-injection.ts';
import { namespaceLabels } from '../../src/manifests/read/namespace-labels.ts';
import { ownNamespace, readPolicy } from '../case-folder.ts';
import { podOf } from './running-webhook.ts';
import { podText, project } from './preview-project.ts';
import { policyText } from '../runtime/temporary-folder.ts';

/** The policy `one` alone, with another match. */
const matching = (match: string) => policyText('one').replace(/"match":\{/, `"match":{${match},`);
const deployment = (metadata: object, template: object) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'agent', namespace: 'shop', ...metadata },
    spec: { template: { metadata: template, spec: podOf('one').spec } },
  });
const namespaceOf = (name: string, labels: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });

const own = { valueFrom: { secretKeyRef: { name: 'chart', key: 'api-key' } } };
const keeping = (name: string) => ({ name, image: 'a', env: [{ name: 'ONE_TOKEN', ...own }] });

it('says in how many containers a policy has its way, where others keep something', async () => {
  const containers = [{ name: 'a', image: 'a' }, keeping('b'), keeping('c'), keeping('d')];
  const pod = { ...podOf('one'), spec: { containers } };
  const { preview } = project({ 'pod.yaml': JSON.stringify(pod) });
  const { code, stdout } = await preview('--fail-on kept pod.yaml');
  expect(code).toBe(1);
  expect(stdout).toContain('  one: injected: 1 of 4 containers, 3 keep other entries\n');
});

it.each([
  [
    'a label that is missing or differs',
    deployment({}, { labels: { agent: 'two' } }),
    policyText('one'),
    '  no policy selects it\n  one: pod-not-selected: podSelector wants agent=one, the pod template has agent=two\n',
  ],
  [
    'labels of the Deployment',
    deployment({ labels: { agent: 'one' } }, {}),
    policyText('one'),
    '    hint: The Deployment has the labels, its pod template has not; only the template counts, so put them there\n',
  ],
  [
    'an annotation of the Deployment',
    deployment(
      { annotations: { 'token-injector.dev/inject': 'true' } },
      { labels: { agent: 'one' } },
    ),
    matching('"annotation":"Required"'),
    '    hint: The Deployment has the annotation token-injector.dev/inject, its pod template has not',
  ],
  [
    'a misspelt annotation',
    deployment(
      {},
      { labels: { agent: 'one' }, annotations: { 'token-injector.dev/injects': 'true' } },
    ),
    matching('"annotation":"Required"'),
    '    hint: To get the token, write token-injector.dev/inject in place of "token-injector.dev/injects" on the pod template',
  ],
  [
    'an annotation among the labels',
    deployment({}, { labels: { agent: 'one', 'token-injector.dev/inject': 'true' } }),
    matching('"annotation":"Required"'),
    '    hint: token-injector.dev/inject is among the labels of the pod template: to get the token, move it to the annotations\n',
  ],
  [
    'a namespace that match.namespaces does not have',
    deployment({}, { labels: { agent: 'one' } }),
    matching('"namespaces":["shopp","agents"]'),
    [
      '  one: namespace-not-selected: namespaces wants shopp, agents, the namespace is shop\n',
      '    hint: If the policy means the namespace shop, write that in match.namespaces in place of shopp\n',
    ].join(''),
  ],
  [
    'a namespace, by its name',
    deployment({}, { labels: { agent: 'one' } }),
    matching('"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"agents"}}'),
    '  one: namespace-not-selected: namespaceSelector wants kubernetes.io/metadata.name=agents, the namespace has kubernetes.io/metadata.name=shop\n',
  ],
  [
    'a namespace, by the Namespace behind it',
    `${deployment({}, { labels: { agent: 'one' } })}\n---\n${namespaceOf('shop', { team: 'b' })}`,
    matching('"namespaceSelector":{"matchLabels":{"team":"a"}}'),
    '  one: namespace-not-selected: namespaceSelector wants team=a, the namespace has team=b\n',
  ],
  [
    'a label that is no text',
    deployment({}, { labels: { agent: { toString: 1 } } }),
    policyText('one'),
    'the pod template has agent={"toString":1}\n',
  ],
])('says why a pod is not selected: %s', (_, manifest, policy, text) => {
  const set = policySet([readPolicy(JSON.parse(policy))]);
  const namespaces = new Map(namespaceLabels(manifest));
  const { pods } = previewText(manifest, set, { namespace: 'default', ownNamespace, namespaces });
  expect(pods.map((pod) => describePod('a.yaml', pod)).join('')).toContain(text);
});

it('gives no advice for a policy whose labels a workload has, where another one serves it', () => {
  const labels = { app: 'shop' };
  const template = { labels: { agent: 'one' } };
  const two = policyText('two').replace('{"agent":"two"}', '{"app":"shop"}');
  const set = policySet([policyText('one'), two].map((text) => readPolicy(JSON.parse(text))));
  const { pods } = previewText(deployment({ labels }, template), set, {
    namespace: 'default',
    ownNamespace,
  });
  const described = pods.map((pod) => describePod('a.yaml', pod)).join('');
  expect(described).toContain('  one: injected');
  expect(described).not.toContain('two');
});

it('takes the labels of a Namespace for known, from another file too', async () => {
  const { preview } = project({
    'a.yaml': deployment({}, { labels: { agent: 'one' } }),
    'b.yaml': namespaceOf('shop', { team: 'a' }),
    'policies.yaml': matching('"namespaceSelector":{"matchLabels":{"team":"a"}}'),
  });
  expect((await preview('a.yaml')).stdout).toContain(
    'its namespaceSelector was taken as satisfied',
  );
  const { stdout } = await preview('a.yaml b.yaml');
  expect(stdout).toContain('  one: injected: ');
  expect(stdout).not.toContain('taken as satisfied');
});

it('says which namespace it takes where none is named and a policy looks at it', async () => {
  const { preview } = project({
    'pod.yaml': podText('agent'),
    'policies.yaml': matching('"namespaces":["shop"]'),
  });
  const { stdout, stderr } = await preview('pod.yaml');
  expect(stdout).toContain('  one: namespace-not-selected: namespaces wants shop, ');
  expect(stderr).toContain(
    '1 object names no namespace, judged as in default: say with --namespace (-n) where it goes\n',
  );
  expect(await preview('-n shop pod.yaml')).toMatchObject({ code: 0, stderr: '' });
});

it('says what to pass instead of the values of a chart or a kustomization', async () => {
  const { preview } = project({
    'pod.yaml': podText('agent'),
    'values.yaml': 'config:\n  apiToken: AIK_CANARY\n',
    'kustomization.yaml': 'resources: [pod.yaml]\n',
  });
  const { stderr } = await preview('pod.yaml values.yaml kustomization.yaml');
  expect(stderr).toContain('values.yaml:1: this has neither apiVersion nor kind');
  expect(stderr).toContain('helm template RELEASE CHART --values FILE');
  expect(stderr).toContain('kustomization.yaml:1: a kustomization is not built');
  const policies = await preview('--policies values.yaml pod.yaml');
  expect(policies.code).toBe(2);
  expect(policies.stderr).toContain('values.yaml:1: this has neither apiVersion nor kind');
  expect(policies.stderr.match(/values\.yaml/g)).toHaveLength(1);
  expect(stderr + policies.stderr).not.toContain('CANARY');
});
