import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../runtime/temporary-folder.ts';
import { run } from './program.ts';

const policies = '/apis/token-injector.dev/v1alpha1/tokenpolicies';
const list = (items: readonly object[]) => ({ metadata: { resourceVersion: '1' }, items });
const pod = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'agent', namespace, creationTimestamp: '2026-03-02T08:00:00Z' },
  spec: { containers: [{ name: 'agent' }] },
});

/** What the server answers, by path: an object, or the status of an error; 404 for the rest. */
let answers: Readonly<Record<string, object | number>> = {};
const asked: string[] = [];
const authorizations: (string | undefined)[] = [];
const server = createServer((request, response) => {
  asked.push(request.url!);
  authorizations.push(request.headers.authorization);
  const answer = answers[request.url!.split('?')[0]!] ?? 404;
  const [status, body] =
    typeof answer === 'number'
      ? [answer, { kind: 'Status', reason: 'Because', message: 'the words of the server' }]
      : [200, answer];
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

function kubeconfig(context: object, port = (server.address() as AddressInfo).port): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'test', user: { token: 'canary-of-the-user' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', ...context } }],
    'current-context': 'test',
  };
  return join(temporaryFolder({ config: JSON.stringify(config) }), 'config');
}

const explain = (args: string, KUBECONFIG = kubeconfig({})) =>
  run(['explain', ...args.split(' ')], { env: { KUBECONFIG } });

describe('the namespace', () => {
  it.each([
    ['that of the context', 'pod/agent', { namespace: 'agents' }, 'agents'],
    ['the one of -n', 'pod agent -n shop', { namespace: 'agents' }, 'shop'],
    ['default where none is set', 'po/agent', {}, 'default'],
  ])('is %s', async (_, args, context, namespace) => {
    answers = {
      [policies]: list([]),
      [`/api/v1/namespaces/${namespace}/pods/agent`]: pod(namespace),
    };
    const { code, stdout, stderr } = await explain(`${args} -o json`, kubeconfig(context));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ object: { kind: 'Pod', namespace, name: 'agent' } });
  });
});

it('--kubeconfig, --context, --cluster, --user and -n are those of kubectl', async () => {
  answers = { [policies]: list([]), '/api/v1/namespaces/shop/pods/agent': pod('shop') };
  const there = kubeconfig({ namespace: 'shop' });
  const away = kubeconfig({}, 9);
  const ends = async (args: string, from: string) =>
    (await explain(`pod/agent ${args}`, from)).code;
  expect(await ends(`--kubeconfig ${there} --context test --cluster test --user test`, away)).toBe(
    0,
  );
  expect(await ends('--context other', there)).toBe(2);
  // Of clusters with one name the first counts, and a file that is missing is passed over.
  expect(await ends('-o json', ['/absent', there, away].join(delimiter))).toBe(0);
  expect(await ends('-o json', [away, there].join(delimiter))).toBe(2);
});

it('--server and --token win over the kubeconfig, and the token is in no output', async () => {
  answers = { [policies]: list([]), '/api/v1/namespaces/shop/pods/agent': pod('shop') };
  const { port } = server.address() as AddressInfo;
  const flags = `--token canary-of-the-flag --request-timeout 20s -n shop`;
  const away = kubeconfig({}, 9);
  authorizations.length = 0;
  const found = await explain(`pod/agent -s http://127.0.0.1:${port} ${flags}`, away);
  expect(found.code).toBe(0);
  expect(new Set(authorizations)).toEqual(new Set(['Bearer canary-of-the-flag']));
  const failed = await explain(`pod/agent ${flags}`, away);
  expect(failed.code).toBe(2);
  expect(Object.values({ ...found, ...failed }).join()).not.toContain('canary');
});

it('-l and -A explain all that they choose, pods where no kind is named', async () => {
  answers = {
    [policies]: list([]),
    '/api/v1/pods': list([pod('shop'), pod('pay')]),
    '/api/v1/namespaces/default/pods': list([pod('default')]),
  };
  const { code, stdout } = await explain('-l app=agent -A');
  expect(code).toBe(0);
  expect(stdout.match(/^Pod \S+/gm)).toEqual(['Pod shop/agent,', 'Pod pay/agent,']);
  expect(asked).toContain('/api/v1/pods?labelSelector=app%3Dagent&limit=500');
  const json = await explain('pods -l app=agent -o json');
  expect(JSON.parse(json.stdout)).toMatchObject([{ object: { namespace: 'default' } }]);
});

it('that no policy applies is no error', async () => {
  answers = { [policies]: list([]), '/api/v1/namespaces/default/pods/agent': pod('default') };
  const { code, stdout } = await explain('pod/agent');
  expect(code).toBe(0);
  expect(stdout).toContain('There is no TokenPolicy in this cluster');
});

it('policies without a registration are explained, as such that give no token', async () => {
  const aikido = {
    metadata: { name: 'aikido' },
    spec: {
      secret: { name: 'aikido-api-secret' },
      inject: { env: [{ name: 'AIKIDO_API_TOKEN', key: 'token' }] },
    },
    status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Registered' }] },
  };
  const deployment = {
    metadata: { name: 'agent', namespace: 'default', creationTimestamp: '2026-03-02T08:00:00Z' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: { spec: { containers: [{ name: 'agent' }] } },
    },
  };
  answers = {
    [policies]: list([aikido]),
    '/apis/apps/v1/namespaces/default/deployments/agent': deployment,
    '/api/v1/namespaces/default': { metadata: { name: 'default' } },
    '/api/v1/namespaces/default/pods': list([]),
  };
  const { code, stdout } = await explain('deploy/agent -o json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    installed: 'no',
    policies: [{ policy: 'aikido', verdict: 'would-get', reason: 'not-installed' }],
  });
});

describe('exit code 2, and nothing shown,', () => {
  const kinds =
    'known are pod, deployment, replicaset, statefulset, daemonset, job, cronjob, replicationcontroller, rollout';
  it.each([
    ['an unknown kind', 'node/one', {}, `unknown kind "node"; ${kinds}`],
    ['nothing', '-o text', {}, 'name what to explain: KIND/NAME, or KIND with -l or -A'],
    ['a name beside a selector', 'pod/one -l a=b', {}, 'want a kind without a name'],
    [
      'a selector that nothing has',
      'deploy -l a=b',
      { [policies]: list([]), '/apis/apps/v1/namespaces/default/deployments': list([]) },
      'there are no such deployments',
    ],
    ['no name', 'pod', {}, 'want one object: pod/NAME or pod NAME'],
    ['an empty name', 'pod/', {}, 'want one object: pod/NAME or pod NAME'],
    ['several names', 'pod one two', {}, 'want one object: pod/NAME or pod NAME'],
    ['a path for a name', 'pod ../secrets/one', {}, '"../secrets/one" cannot be a name'],
    ['no name for a namespace', 'pod/one -n Shop', {}, 'Want the name of a namespace'],
    ['one namespace and all', 'pods -A -n shop', {}, 'cannot be used with option'],
    ['an unknown output', 'pod/one -o table', {}, 'Allowed choices are text, json'],
    [
      'no object',
      'deploy/agent -n shop',
      { [policies]: list([]) },
      'no Deployment agent in namespace shop; -n chooses another namespace',
    ],
    ['no definition', 'pod/agent', {}, 'token-injector is not installed; an administrator'],
    [
      'no right to list policies',
      'pod/agent',
      { [policies]: 403 },
      'cannot list tokenpolicies: 403 Because: the words of the server; this needs the rights',
    ],
    [
      'no right to get the object',
      'pod/agent',
      { [policies]: list([]), '/api/v1/namespaces/default/pods/agent': 403 },
      'cannot get Pod default/agent: 403 Because: the words of the server; this needs the rights',
    ],
    ['no valid credentials', 'pod/agent', { [policies]: 401 }, 'log in to the cluster again'],
    ['a server that fails', 'pod/agent', { [policies]: 500 }, 'cannot list tokenpolicies: 500'],
  ])('with %s', async (_, args, given, message) => {
    answers = given;
    const { code, stdout, stderr } = await explain(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/canary|^ +at /m);
  });

  it('with a server that is not of Kubernetes', async () => {
    const other = createServer((_, response) =>
      response.writeHead(404).end('<html>no page</html>'),
    );
    await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const { code, stdout, stderr } = await explain('pod/agent', kubeconfig({}, port));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('or is no API server of Kubernetes');
    expect(stderr).not.toContain('not installed');
  });

  it('with a cluster that is away', async () => {
    const { code, stdout, stderr } = await explain('pod/agent', kubeconfig({}, 9));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/no answer from http:\/\/127\.0\.0\.1:9: .*is the kubeconfig right/);
  });

  it('with a kubeconfig that is none', async () => {
    const file = join(temporaryFolder({ config: 'contexts: [' }), 'config');
    const { code, stdout, stderr } = await explain('pod/agent', file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('cannot use the kubeconfig: ');
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
