import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { policyText, temporaryFolder } from '../runtime/temporary-folder.ts';
import { program, root, run } from './program.ts';
import { podOf } from './running-webhook.ts';
import { type Previewed, podText, previewed, project } from './preview-project.ts';

const examples = ['--policies', 'examples/agents/aikido-zen.yaml'];
const application = readFileSync(join(root, 'examples/application.yaml'), 'utf8');
describe('output', () => {
  it('text: says of each pod why, and shows the change, with exit code 0', async () => {
    const { code, stdout, stderr } = await run([
      'preview',
      ...examples,
      'examples/application.yaml',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Deployment shop\/orders \(examples\/application\.yaml:2\)\n/);
    expect(stdout).toContain('  aikido-zen: injected: ');
    expect(stdout).toContain(
      '\n--- a/examples/application.yaml\n+++ b/examples/application.yaml\n@@ ',
    );
    expect(stdout.match(/^\+ +- name: AIKIDO_TOKEN$/gm)).toHaveLength(1);
    expect(stdout).not.toMatch(/^-[^-]/m);
  });

  it('manifests: gives back the manifest with the change and all comments, which then needs none', async () => {
    const { code, stdout } = await run(['preview', ...examples, '-o', 'manifests', '-'], {
      stdin: application,
    });
    expect(code).toBe(0);
    expect(stdout).toContain('value: production');
    expect(stdout).toContain('# stays as it is');
    expect(stdout.match(/secretKeyRef/g)).toHaveLength(1);
    const again = await run(['preview', ...examples, '-o', 'manifests', '-'], { stdin: stdout });
    expect(again.stdout).toBe(stdout);
  });

  it('json: gives place, decisions and reasons of each pod', async () => {
    const { stdout } = await run(['preview', ...examples, '-o', 'json', '-'], {
      stdin: application,
    });
    expect(previewed(stdout)).toMatchObject([
      {
        file: 'stdin',
        line: 2,
        kind: 'Deployment',
        namespace: 'shop',
        name: 'orders',
        pointer: '/spec/template',
        decisions: [{ policy: 'aikido-zen', reason: 'injected', sentence: expect.any(String) }],
      },
    ]);
  });
});

it('a token that is written out is in no diff and no reason', async () => {
  const canary = 'AIK_CANARY_d3adb33f_4242';
  const [container] = podOf('one').spec.containers;
  const env = [{ name: 'ONE_TOKEN', value: canary }];
  const pod = { ...podOf('one'), spec: { containers: [{ ...container, env }] } };
  const { preview } = project({ 'pod.yaml': JSON.stringify(pod, undefined, 2) });
  for (const output of ['text', 'json']) {
    const { code, stdout, stderr } = await preview(`-o ${output} pod.yaml`);
    expect(code).toBe(0);
    expect(stdout).toContain('ONE_TOKEN');
    expect(stdout + stderr).not.toContain(canary);
  }
});

it('a reader that has seen enough is no fault', () => {
  const pods = Array.from({ length: 2_000 }, (_, index) => podText(`pod-${index}`)).join('\n---\n');
  const cwd = temporaryFolder({ 'policies.yaml': policyText('one'), 'pods.yaml': pods });
  const preview = `${program} preview --policies policies.yaml -o manifests pods.yaml`;
  const line = `'${process.execPath}' ${preview} | head -n 1 >/dev/null; echo "$PIPESTATUS"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', line], { cwd, encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
});

describe('input', () => {
  it('several documents, Lists, and what has no pods, in the order of the text', async () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [podOf('two'), JSON.parse(podText('listed'))],
    };
    const text = [
      podText('first'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}',
      '# nothing here',
      JSON.stringify(list),
    ].join('\n---\n');
    const { preview } = project({});
    const { code, stdout } = await preview('-o json -', text);
    expect(code).toBe(0);
    const seen = previewed(stdout).map(({ name, line, pointer, decisions }) => [
      name,
      line,
      pointer,
      decisions.map(({ reason }) => reason).join(),
    ]);
    expect(seen).toEqual([
      ['first', 1, '', 'injected,pod-not-selected'],
      ['agent', 9, '/items/0', 'pod-not-selected,injected'],
      ['listed', 9, '/items/1', 'injected,pod-not-selected'],
    ]);
    const yaml = parseAllDocuments((await preview('-o manifests -', text)).stdout);
    expect(yaml.map((document) => JSON.stringify(document).match(/secretKeyRef/g)?.length)).toEqual(
      [1, undefined, undefined, 2],
    );
  });

  it('folders, with what is below them, but nothing hidden; files; standard input', async () => {
    const { preview } = project({
      'manifests/b.yaml': podText('b'),
      'manifests/deep/a.yml': podText('a'),
      'manifests/c.json': podText('c'),
      'manifests/.git/d.yaml': podText('hidden'),
      'manifests/node_modules/e.yaml': podText('foreign'),
      'manifests/readme.md': podText('text'),
      'single.txt': podText('single'),
    });
    const { stdout } = await preview('-o json manifests single.txt -', podText('piped'));
    expect(previewed(stdout).map(({ file, name }) => `${file} ${name}`)).toEqual([
      'manifests/b.yaml b',
      'manifests/c.json c',
      'manifests/deep/a.yml a',
      'single.txt single',
      'stdin piped',
    ]);
  });

  it('what cannot be read is told with file and line and gives exit code 2; the rest is shown', async () => {
    const { preview } = project({
      'a.yaml': podText('good'),
      'broken.yaml': `${podText('before')}\n---\nkind: Pod\nspec: {containers: [\n---\n${podText('after')}\n`,
      'chart.yaml': 'kind: Pod\nmetadata: {{ .Values.metadata }}\n',
    });
    const { code, stdout, stderr } = await preview('-o json a.yaml broken.yaml chart.yaml absent');
    expect(code).toBe(2);
    expect(previewed(stdout).map(({ name }) => name)).toEqual(['good', 'before', 'after']);
    const [idle, broken, chart, absent] = stderr.split('\n');
    expect(idle).toBe('1 policy selects no pod: two');
    expect(broken).toMatch(/^broken\.yaml:4:\d+: \S/);
    expect(chart).toMatch(/^chart\.yaml:2:\d+: this looks like an unrendered Helm template/);
    expect(absent).toBe('absent: no such file or folder');
  });

  it('without a pod it says so, with exit code 2, or 0 where --allow-empty expects it', async () => {
    const { preview } = project({ 'a.yaml': 'kind: ConfigMap\napiVersion: v1\n' });
    const empty = {
      stdout: '',
      stderr:
        '1 document skipped among the manifests: ConfigMap\nno pod or workload found in a.yaml\n',
    };
    expect(await preview('a.yaml')).toEqual({ code: 2, ...empty });
    expect(await preview('--allow-empty a.yaml')).toEqual({ code: 0, ...empty });
  });

  it('documents without a pod are counted by kind on standard error', async () => {
    const other = (apiVersion: string, kind: string) => JSON.stringify({ apiVersion, kind });
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [podOf('one'), { apiVersion: 'v1', kind: 'Service' }],
    };
    const text = [
      other('datadoghq.com/v2alpha1', 'DatadogAgent'),
      other('v1', 'ConfigMap'),
      JSON.stringify(list),
      other('v1', 'ConfigMap'),
      other('v1', 'AIK_CANARY token'),
    ].join('\n---\n');
    const { code, stderr } = await project({}).preview('-', text);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        '5 documents skipped among the manifests: ConfigMap (2), DatadogAgent, Service, no kind\n1 policy selects no pod: two\n',
    });
  });

  it('says that a policy among the manifests takes no part, as with --policies policies/*.yaml', async () => {
    const { preview } = project({ 'one.yaml': policyText('one'), 'pod.yaml': podText('agent') });
    const { stderr } = await preview('one.yaml pod.yaml');
    expect(stderr).toContain(
      'A TokenPolicy among the manifests takes no part: give --policies its folder, or repeat --policies for each file\n',
    );
  });

  it('every --policies is used, and what is no policy among them is skipped aloud', async () => {
    const { preview } = project({
      'pod.yaml': podText('agent', 'three'),
      'team/kustomization.yaml': 'resources: [three.yaml]\n',
      'team/deep/three.yaml': `${policyText('three')}\n---\n${podText('other')}`,
    });
    const { code, stdout, stderr } = await preview('-o json --policies team pod.yaml');
    expect(previewed(stdout)[0]!.decisions.map(({ policy, reason }) => [policy, reason])).toEqual([
      ['one', 'pod-not-selected'],
      ['three', 'injected'],
      ['two', 'pod-not-selected'],
    ]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        '2 documents skipped among the policies: Pod, no kind\n2 policies select no pod: one, two\n',
    });
  });

  it('policies come from standard input too, but not with the manifests', async () => {
    const { preview } = project({ 'pod.yaml': podText('agent', 'three') });
    const { stdout } = await preview('-o json --policies - pod.yaml', policyText('three'));
    expect(previewed(stdout)[0]!.decisions).toContainEqual(
      expect.objectContaining({ policy: 'three', reason: 'injected' }),
    );
    expect((await preview('--policies - -')).code).toBe(2);
  });
});

describe('namespaces', () => {
  const selecting = policyText('one').replace(
    '"match":{',
    '"match":{"namespaceSelector":{"matchLabels":{"team":"a"}},',
  );
  it('--namespace-labels decides on namespaceSelectors, which else count as satisfied, as a note says', async () => {
    const { preview } = project({ 'pod.yaml': podText('agent'), 'policies.yaml': selecting });
    const reasonWith = async (flags: string) => {
      const { stdout } = await preview(`${flags}pod.yaml`);
      const noted = stdout.includes('its namespaceSelector was taken as satisfied');
      return [/ {2}one: ([a-z-]+): /.exec(stdout)?.[1], noted];
    };
    expect(await reasonWith('')).toEqual(['injected', true]);
    expect(await reasonWith('--namespace-labels team=a,env=prod ')).toEqual(['injected', false]);
    const [reason, noted] = await reasonWith('--namespace-labels team=b ');
    expect([reason, noted]).toEqual(['namespace-not-selected', false]);
  });

  it('--namespace is for objects that name none; our own and those of the system get nothing', async () => {
    const { preview } = project({ 'pod.yaml': podText('agent') });
    const decided = async (flags: string) => {
      const [{ namespace, decisions }] = previewed(
        (await preview(`-o json ${flags} pod.yaml`)).stdout,
      ) as [Previewed];
      return [namespace, decisions[0]!.reason];
    };
    expect(await decided('-n agents')).toEqual(['agents', 'injected']);
    expect((await decided('-n kube-system'))[1]).toBe('system-namespace');
    expect((await decided('-n token-injector'))[1]).toBe('own-namespace');
    const excluded = '--excluded-namespaces legacy,other';
    expect((await decided(`${excluded} -n legacy`))[1]).toBe('excluded-namespace');
    expect((await decided(`${excluded} -n agents`))[1]).toBe('injected');
  });
});

describe('exit code 2, and nothing shown,', () => {
  it.each([
    ['--policies absent pod.yaml', 'absent: no such file or folder'],
    ['--policies pod.yaml pod.yaml', 'pod.yaml: no TokenPolicy found'],
    ['-n Team_A pod.yaml', 'Want the name of a namespace'],
    ['--fail-on keept pod.yaml', '"keept" is neither none-selected nor a reason'],
    ['-o table pod.yaml', 'Allowed choices are text, json, manifests'],
    ['--namespace-labels team pod.yaml', '--namespace-labels wants KEY=VALUE pairs'],
    ['-o json', "missing required argument 'file'"],
  ])('with %s', async (args, message) => {
    const { preview } = project({ 'pod.yaml': podText('agent') });
    const { code, stdout, stderr } = await preview(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
