import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root, run } from './program.ts';

const agents = readdirSync(join(root, 'examples/agents'))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

it('prints the file of an agent', async () => {
  expect(await run(['init', 'datadog'])).toEqual({
    code: 0,
    stdout: `---\n${readFileSync(join(root, 'examples/agents/datadog.yaml'), 'utf8')}`,
    stderr: '',
  });
});

it('lists every agent with one line', async () => {
  const { code, stdout } = await run(['init', '--list']);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(' ')[0])).toEqual(agents.toSorted());
  expect(lines).toContain("snyk                      Snyk's monitor");
});

it.each([
  ['datdog', /no agent "datdog": did you mean datadog\?\nIt has aikido, /],
  ['nothing-like-it', /no agent "nothing-like-it"\nIt has aikido, /],
  ['dynatrace', /Dynatrace needs no policy: its operator reads .*\nInstead, have a Secret /],
  ['snyk --key token', /--key: the policy has the keys serviceAccountApiToken and integrationId/],
  ['snyk --secret A_b', /spec\.secret\.name: must be a Secret name/],
  ['snyk --namespace A', /--namespace: "A" is not the name of a namespace/],
  ['snyk --list', /an agent, --from and --list exclude each other/],
  ['snyk --from -', /--from finds the agents of the catalogue by itself/],
  [
    '',
    /say for what:\n {2}token-injector init AGENT, with an agent of token-injector init --list\n/,
  ],
])('init %s ends with exit code 2 and says why', async (args, message) => {
  const { code, stdout, stderr } = await run(['init', ...args.split(' ').filter(Boolean)]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

const workload = (container: object, volumes: readonly object[] = []) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'orders', namespace: 'shop' },
  spec: {
    template: {
      metadata: { labels: { app: 'orders' } },
      spec: { containers: [{ name: 'app', ...container }], volumes },
    },
  },
});
const variable = (name: string, value: string) => ({ env: [{ name, value }] });

it('proposes a policy for manifests, and says on standard error what it does to them', async () => {
  const stdin = JSON.stringify(workload(variable('API_TOKEN', 'hunter2')));
  const { code, stdout, stderr } = await run(['init', '--from', '-'], { stdin });
  expect(code).toBe(0);
  expect(stderr.split('\n')).toEqual([
    'Deployment orders: API_TOKEN in app is written out in the manifests: remove the value and, if it is a token, revoke it',
    'orders: 1 of 1 selected containers get API_TOKEN from orders-token/api-token',
    '',
  ]);
  expect(stdout).toMatch(/^---\n# orders: the variable API_TOKEN\.\n/);
  expect(stdout).not.toContain('hunter2');
});

it('takes the policy of an agent that it recognises', async () => {
  const { code, stdout, stderr } = await run(['init', '--from', 'test/agents/snyk/workloads.yaml']);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `---\n${readFileSync(join(root, 'examples/agents/snyk.yaml'), 'utf8')}`,
  });
  expect(stderr).toContain("recognised Snyk's monitor: took the policy snyk of the catalogue\n");
});

it('proposes the policy of Zen for its variable, and says that the pods have to ask for it', async () => {
  const stdin = JSON.stringify(workload(variable('AIKIDO_TOKEN', '')));
  const { code, stdout, stderr } = await run(['init', '--from', '-'], { stdin });
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `---\n${readFileSync(join(root, 'examples/agents/aikido-zen.yaml'), 'utf8')}`,
  });
  expect(stderr).toContain(
    'Deployment orders: give its pod template the annotation token-injector.dev/inject: "aikido-zen"\n',
  );
  expect(stderr).toContain(
    'aikido-zen: no container gets it yet: The policy only serves pods that',
  );
});

const mounted = workload(
  { volumeMounts: [{ name: 'token', mountPath: '/etc/token', subPath: 'token' }] },
  [{ name: 'token', secret: { secretName: 'orders' } }],
);
const values = { datadog: { apiKey: 'hunter2' } };
const other = workload(variable('API_TOKEN', ''));
const second = { ...other, spec: { template: { ...other.spec.template, metadata: {} } } };
const third = workload({ env: [{ name: 'A_TOKEN' }], name: 'other' });

it.each([
  ['no manifest', [], [{ kind: 'Service', apiVersion: 'v1' }], /no pod or workload found in -\n/],
  ['no token', [], [workload({})], /nothing in - needs a policy: no variable refers to/],
  ['a subPath', [], [mounted], /container app mounts the Secret orders at \/etc\/token, where a/],
  [
    'values of a chart',
    [],
    [values],
    /^stdin:1: this has neither apiVersion nor kind.* read the output of helm template/,
  ],
  [
    'no label',
    [],
    [second],
    /^Deployment orders: its pods have no label that stays the same and no ServiceAccount/,
  ],
  ['several', ['--name', 'a'], [other, third], /--name, --secret and --key are for one policy/],
  ['a bad name', ['--name', 'A'], [other], /metadata\.name: must be/],
])(
  '--from manifests with %s ends with exit code 2 and says why',
  async (_, flags, objects, message) => {
    const stdin = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    const { code, stdout, stderr } = await run(['init', '--from', '-', ...flags], { stdin });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  },
);

describe('--from a folder', () => {
  let folder: string;
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'init-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads the other files where one is broken, names the place, and ends with exit code 2', async () => {
    write('a.yaml', 'kind: Broken\na: [');
    write('b.yaml', JSON.stringify(other));
    const { code, stdout, stderr } = await run(['init', '--from', folder]);
    expect(code).toBe(2);
    expect(stdout).toContain('name: API_TOKEN');
    expect(stderr).toContain(`${join(folder, 'a.yaml')}:2:`);
  });

  it('says how to render a Kustomization, and that the namespace is not known', async () => {
    write('kustomization.yaml', 'namespace: shop\n');
    const { metadata, ...rest } = other;
    write('b.yaml', JSON.stringify({ ...rest, metadata: { name: metadata.name } }));
    const { code, stderr } = await run(['init', '--from', folder]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/kustomization\.yaml:1: .*read the output of kubectl kustomize FOLDER/);
    expect(stderr).toContain('--namespace NAME limits the policy to the one that they go to');
  });
});

it('prints policies that can stand in one file', async () => {
  const printed = await Promise.all([
    run(['init', 'datadog']),
    run(['init', 'snyk']),
    run(['init', '--from', '-'], {
      stdin: [other, third].map((one) => JSON.stringify(one)).join('\n---\n'),
    }),
  ]);
  const stdin = printed.map(({ stdout }) => stdout).join('');
  const { code, stdout } = await run(['validate', '-'], { stdin });
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'valid: datadog, snyk, orders-api-token, orders-a-token\n',
  });
});

it('--from names the line of what it cannot read', async () => {
  const { code, stderr } = await run(['init', '--from', '-'], { stdin: 'a: [' });
  expect({ code, stderr }).toMatchObject({ code: 2 });
  expect(stderr).toMatch(/^stdin:1:\d+: .*\ntoken-injector: no pod or workload found in -\n/);
});
