import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, run } from './program.ts';

const agents = readdirSync(join(root, 'examples/agents'))
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

it('prints the file of an agent', async () => {
  expect(await run(['init', 'datadog'])).toEqual({
    code: 0,
    stdout: readFileSync(join(root, 'examples/agents/datadog.yaml'), 'utf8'),
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
  ['snyk --list', /name an agent, or use one of --from and --list/],
])('init %s ends with exit code 2 and says why', async (args, message) => {
  const { code, stdout, stderr } = await run(['init', ...args.split(' ')]);
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
  expect(stderr).toBe('orders: 1 of 1 containers get API_TOKEN from orders-token/api-token\n');
  expect(stdout).toMatch(/^# orders: the variable API_TOKEN\.\n/);
  expect(stdout).not.toContain('hunter2');
});

it('takes the policy of an agent that it recognises', async () => {
  const { code, stdout, stderr } = await run(['init', '--from', 'test/agents/snyk/workloads.yaml']);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: readFileSync(join(root, 'examples/agents/snyk.yaml'), 'utf8'),
  });
  expect(stderr).toContain("recognised Snyk's monitor: took the policy snyk of the catalogue\n");
});

const mounted = workload({ volumeMounts: [{ name: 'token', mountPath: '/etc/token' }] }, [
  { name: 'token', secret: { secretName: 'orders' } },
]);
const made = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'orders' } };
const other = workload(variable('API_TOKEN', ''));
const second = { ...other, spec: { template: { ...other.spec.template, metadata: {} } } };
const third = workload({ env: [{ name: 'A_TOKEN' }], name: 'other' });

it.each([
  ['no manifest', [], [{ kind: 'Service', apiVersion: 'v1' }], /no pod or workload found in -\n/],
  ['no token', [], [workload({})], /no variable in - refers to a Secret, or has the name of/],
  ['a mount', [], [mounted], /container app mounts the Secret orders at \/etc\/token: create/],
  ['a mount of its own', [], [mounted, made], /mounts the Secret orders at \/etc\/token, and the/],
  ['no label', [], [second], /^Deployment orders: no label of its pods stays the same/],
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

it('--from names the line of what it cannot read', async () => {
  const { code, stderr } = await run(['init', '--from', '-'], { stdin: 'a: [' });
  expect({ code, stderr }).toMatchObject({ code: 2 });
  expect(stderr).toMatch(/^token-injector: -:1:\d+: /);
});
