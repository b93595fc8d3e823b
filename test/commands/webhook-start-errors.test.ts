import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyText, temporaryFolder } from '../runtime/temporary-folder.ts';
import { reviewOf } from '../server/webhook-under-test.ts';
import { run } from './program.ts';
import { type RunningWebhook, podOf, soon, startWebhook } from './running-webhook.ts';

let running: RunningWebhook;
beforeAll(async () => (running = await startWebhook({ env: { LOG_LEVEL: 'trace' } })));
afterAll(() => running.close());

/** What `token-injector webhook` says when it fails to start on the files of the running one. */
async function startError(flags: string, files = true): Promise<string> {
  const given = files
    ? '--policies policies.yaml --tls-cert-file tls.crt --tls-key-file tls.key'
    : '';
  const { code, stdout, stderr } = await run(
    ['webhook', ...`${given} --host 127.0.0.1 ${flags}`.trim().split(' ')],
    { cwd: running.folder },
  );
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).not.toContain('    at ');
  return stderr;
}

describe('it does not start, and says why,', () => {
  it('when the port is in use', async () => {
    expect(await startError(`--port ${running.port} --health-port 0`)).toBe(
      `token-injector: cannot listen on port ${running.port} of 127.0.0.1: EADDRINUSE; choose others with --port and --health-port\n`,
    );
  });

  it('when the health port is in use', async () => {
    expect(await startError(`--port 0 --health-port ${running.healthPort}`)).toContain(
      `cannot listen on port ${running.healthPort} of 127.0.0.1: EADDRINUSE`,
    );
  });

  it.concurrent.each([
    ['--policies policies.yaml', 'set --tls-cert-file and --tls-key-file, or --tls-self-signed'],
    ['--policies policies.yaml --tls-cert-file tls.crt', 'set --tls-cert-file and --tls-key-file'],
    ['--policies policies.yaml --tls-key-file tls.key', 'set --tls-cert-file and --tls-key-file'],
    ['--tls-self-signed', 'set --policies PATH, or --policies-from-cluster'],
    ['--tls-secret tls', 'set --policies PATH, or --policies-from-cluster'],
    ['--policies-from-cluster', 'set --tls-cert-file and --tls-key-file, or --tls-self-signed'],
    [
      '--policies policies.yaml --tls-secret tls,metadata.namespace=other',
      '--tls-secret is not the name of a Secret',
    ],
    ['--policies policies.yaml --tls-self-signd', '(Did you mean --tls-self-signed?)'],
  ])('with %s', async (flags, message) => {
    expect(await startError(flags, false)).toContain(message);
  });

  it.concurrent.each([
    ['--tls-self-signed', 'use either --tls-self-signed or --tls-cert-file with --tls-key-file'],
    ['--tls-secret tls', 'use either --tls-secret or --tls-cert-file with --tls-key-file'],
    ['--policies-from-cluster', 'use either --policies or --policies-from-cluster'],
    ['--port 65536', 'Want a port: 0 (any free one) to 65535.'],
    ['--port https', 'Want a port'],
    ['--health-port -1', 'Want a port'],
    ['--host 192.0.2.1', 'choose another address with --host'],
    ['--drain-seconds 1h', 'Want seconds: 0 to 3600.'],
    ['--tls-cert-file absent.crt', 'absent.crt: no such file or folder'],
    ['--tls-cert-file policies.yaml', 'the certificate cannot be read'],
    ['--tls-key-file tls.crt', 'the key cannot serve the certificate'],
    ['--policies absent', 'absent: no such file or folder'],
    ['--policies logs', 'logs: no TokenPolicy found'],
    ['--policies tls.crt', 'tls.crt:1'],
    ['extra', 'too many arguments'],
  ])('with %s', async (flags, message) => {
    expect(await startError(`--port 0 --health-port 0 ${flags}`)).toContain(message);
  });

  it('without a cluster, where its policies are to come from one', async () => {
    const flags = '--policies-from-cluster --tls-secret tls --port 0 --health-port 0';
    const { code, stdout, stderr } = await run(['webhook', ...flags.split(' ')], {
      cwd: running.folder,
      env: { KUBECONFIG: 'absent.kubeconfig' },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^token-injector: cannot use the kubeconfig: .*set KUBECONFIG/);
  });

  it('with every problem of its policies at once', async () => {
    const folder = temporaryFolder({
      'a.yaml': policyText('one').replace('"secret"', '"secrets"'),
      'b.yaml': 'spec: [\n',
    });
    const said = await startError(`--policies ${folder}`);
    expect(said).toContain(`${folder}/a.yaml:1: spec.secrets: `);
    expect(said).toContain(`${folder}/b.yaml:`);
  });

  it('with a LOG_LEVEL that there is not', async () => {
    const { code, stderr } = await run(['webhook', '--policies', 'absent'], {
      env: { LOG_LEVEL: 'loud' },
    });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'token-injector: LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent\n',
    });
  });
});

// The form of a real token: it is no legal name of anything in Kubernetes.
const canary = 'AIK_CANARY_d3adb33f_4242';

it('a token in policies that are broken, near them or in requests is never in its output', async () => {
  const problems = (message: string) => running.logged().filter(({ msg }) => msg === message);
  const broken = [
    `apiVersion: v1\nkind: Secret\nmetadata: {name: agent}\nstringData: {token: ${canary}}`,
    `spec: [${canary}`,
    policyText('two').replace('"match":{', `"match":{"extra":"${canary}",`),
    policyText('three').replace('"three-secret"', `"${canary}"`),
  ];
  running.write('policies.yaml', broken.join('\n---\n'));
  running.write('tls.key', canary);
  await soon('the broken files to be seen', () => {
    expect(problems('certificate not loaded, the old one stays')).toHaveLength(1);
    const [{ problem }] = problems('policies not loaded, the old ones stay') as [
      { problem: string },
    ];
    // One line at least for each of them, but the Secret, which is of another kind.
    expect(problem.split('\n').length).toBeGreaterThanOrEqual(broken.length - 1);
  });

  const pod = podOf('one');
  const [container] = pod.spec.containers;
  const leaky = {
    ...pod,
    metadata: { ...pod.metadata, annotations: { 'token-injector.dev/inject': canary } },
    spec: {
      containers: [
        { ...container, args: [canary], env: [{ name: 'ONE_TOKEN', value: canary }] },
        { ...container, name: canary, env: canary },
      ],
    },
  };
  await running.ask(JSON.stringify(reviewOf(leaky, { userInfo: { username: canary } })));
  await running.ask(JSON.stringify(reviewOf(canary)));
  await running.ask(`{"${canary}": ${canary}`);
  await running.ask(JSON.stringify(reviewOf(pod)), `/mutate/${canary}?token=${canary}`);
  await running.ask(JSON.stringify(reviewOf(pod)), `/${canary}`);
  await soon('the requests to be logged', () =>
    expect([...problems('decision'), ...problems('request refused')]).toHaveLength(5),
  );
  expect(running.output()).not.toContain(canary);
  expect((await running.page('/metrics')).text).not.toContain(canary);
  expect((await running.page('/readyz')).text).not.toContain(canary);
});

it('the certificate of --tls-self-signed is kept below the working directory, its key for its owner only', async () => {
  const folder = temporaryFolder({ 'policies.yaml': 'broken: [' });
  const { code } = await run(['webhook', '--policies', 'policies.yaml', '--tls-self-signed'], {
    cwd: folder,
  });
  expect(code).toBe(2);
  expect(statSync(join(folder, 'certs/dev/tls.key')).mode & 0o777).toBe(0o600);
});

it('--tls-self-signed where no folder can be made is told', async () => {
  const cwd = temporaryFolder({ 'policies.yaml': policyText('one'), certs: 'a file' });
  const flags = ['--policies', 'policies.yaml', '--tls-self-signed'];
  expect(await run(['webhook', ...flags], { cwd })).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'token-injector: cannot keep a certificate in certs/dev: ENOTDIR; run it in a folder that can be written\n',
  });
});
