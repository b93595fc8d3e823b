import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import { policyText, temporaryFolder } from '../runtime/temporary-folder.ts';
import { run } from './program.ts';

interface Registered {
  readonly kind: string;
  readonly webhooks?: readonly {
    readonly name: string;
    readonly clientConfig: object;
    readonly namespaceSelector: object;
    readonly timeoutSeconds: number;
  }[];
}

/** The command on two policies, of which `two` wants bare pods refused. */
async function configure(flags: string, files: Readonly<Record<string, string>> = {}) {
  const refusing = policyText('two').replace(
    '"spec":{',
    '"spec":{"enforce":{"missingToken":"Deny"},',
  );
  const cwd = temporaryFolder({
    'policies.yaml': `${policyText('one')}\n---\n${refusing}`,
    ...files,
  });
  return run(['webhook-configuration', '--policies', 'policies.yaml', ...flags.split(' ')], {
    cwd,
  });
}

async function registered(flags: string, files?: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await configure(flags, files);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return parseAllDocuments(stdout).map((document) => document.toJS() as Registered);
}

it('--url: one entry a policy, with its path, and what refuses bare pods where wanted', async () => {
  const objects = await registered('--url https://127.0.0.1:8443');
  expect(objects.map(({ kind }) => kind)).toEqual([
    'MutatingWebhookConfiguration',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ]);
  expect(objects[0]!.webhooks!.map(({ name, clientConfig }) => [name, clientConfig])).toEqual([
    ['one.token-injector.dev', { url: 'https://127.0.0.1:8443/mutate/one' }],
    ['two.token-injector.dev', { url: 'https://127.0.0.1:8443/mutate/two' }],
  ]);
});

it('--excluded-namespaces: left out of what asks about pods and of what denies them', async () => {
  const flags = '--url https://127.0.0.1:8443 --excluded-namespaces legacy,old';
  const [configuration, denying] = await registered(flags);
  const left = '["token-injector","legacy","old","kube-node-lease","kube-system"]';
  expect(JSON.stringify(configuration!.webhooks)).toContain(left);
  expect(JSON.stringify(denying)).toContain(left);
  expect(await configure('--url https://127.0.0.1:8443 --excluded-namespaces A')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Want names of namespaces, separated by commas.'),
  });
});

it('--service and --ca-file: its address and the certificates, its namespace left out', async () => {
  const { ca } = await issueDevelopmentCertificate(['localhost'], new Date());
  const flags = '--service security/webhook:8443 --ca-file ca.crt';
  const [configuration] = await registered(flags, { 'ca.crt': ca });
  const [{ clientConfig, namespaceSelector }] = configuration!.webhooks as [
    NonNullable<Registered['webhooks']>[0],
  ];
  expect(clientConfig).toEqual({
    service: { namespace: 'security', name: 'webhook', port: 8443, path: '/mutate/one' },
    caBundle: Buffer.from(ca).toString('base64'),
  });
  expect(JSON.stringify(namespaceSelector)).toContain('"security"');
});

it('--ca-file: a private key that stands in the file too is not published', async () => {
  const { ca, cert, key } = await issueDevelopmentCertificate(['localhost'], new Date());
  const flags = '--url https://localhost:8443 --ca-file all.pem -o json';
  const { stdout } = await configure(flags, { 'all.pem': `${key}${cert}# the CA\n${ca}` });
  const bundles = [...stdout.matchAll(/"caBundle": "([^"]+)"/g)].map(([, bundle]) =>
    Buffer.from(bundle!, 'base64').toString(),
  );
  expect(bundles).toEqual([cert + ca, cert + ca]);
});

it('--namespace, else $POD_NAMESPACE, names the namespace that is left out', async () => {
  const selectorOf = async (...flags: string[]) => {
    const { stdout } = await run(
      ['webhook-configuration', '--policies', 'examples/agents/aikido.yaml', ...flags],
      { env: { POD_NAMESPACE: 'from-the-environment' } },
    );
    return stdout;
  };
  const url = ['--url', 'https://localhost:8443'];
  expect(await selectorOf(...url)).toContain('from-the-environment');
  const named = await selectorOf(...url, '--namespace', 'from-the-flag');
  expect(named).toContain('from-the-flag');
  expect(named).not.toContain('from-the-environment');
});

it('--timeout-seconds: how long the API server waits, a second by default', async () => {
  const timeouts = async (flags: string) => {
    const [configuration] = await registered(`--url https://localhost:8443 ${flags}`);
    return configuration!.webhooks!.map(({ timeoutSeconds }) => timeoutSeconds);
  };
  expect(await timeouts('-o yaml')).toEqual([1, 1]);
  expect(await timeouts('--timeout-seconds 5')).toEqual([5, 5]);
});

it('-o json: a List that holds the same', async () => {
  const flags = '--service token-injector/webhook';
  const { stdout } = await configure(`${flags} -o json`);
  expect(JSON.parse(stdout)).toEqual({
    apiVersion: 'v1',
    kind: 'List',
    items: await registered(flags),
  });
});

describe('it ends with exit code 2 and prints nothing to apply', () => {
  const url = '--url https://localhost:8443';
  it.each([
    ['--output yaml', 'set one of --url and --service'],
    [`${url} --service a/b`, 'set one of --url and --service'],
    ['--url http://localhost:8443', '--url wants https://HOST:PORT without a path'],
    ['--url https://localhost:8443/mutate', '--url wants https://HOST:PORT without a path'],
    ['--url https://localhost:8443?a=b', '--url wants https://HOST:PORT without a path'],
    ['--url https://user:password@localhost:8443', '--url wants https://HOST:PORT'],
    ['--url https://localhost:port', '--url wants https://HOST:PORT'],
    ['--service webhook', '--service wants NAMESPACE/NAME or NAMESPACE/NAME:PORT'],
    ['--service a/b:https', '--service wants NAMESPACE/NAME or NAMESPACE/NAME:PORT'],
    ['--service a/b:0', '--service wants a PORT from 1 to 65535'],
    ['--service a/b:65536', '--service wants a PORT from 1 to 65535'],
    [`${url} --ca-file absent.crt`, 'absent.crt: no such file or folder'],
    [`${url} --ca-file policies.yaml`, '--ca-file: policies.yaml holds no PEM certificate'],
    [`${url} --ca-file broken.pem`, '--ca-file: broken.pem holds no PEM certificate, or one that'],
    [`${url} --timeout-seconds 0`, 'Want whole seconds: 1 to 5'],
    [`${url} --timeout-seconds 6`, 'Want whole seconds: 1 to 5'],
    [`${url} --timeout-seconds 1.5`, 'Want whole seconds: 1 to 5'],
    [`${url} -o xml`, 'Allowed choices are yaml, json'],
    [`${url} --policies absent`, 'absent: no such file or folder'],
  ])('with %s', async (flags, message) => {
    const broken = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    const { code, stdout, stderr } = await configure(flags, { 'broken.pem': broken });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });

  it('with more policies than an API server takes', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => policyText(`p${index}`)).join('\n---\n');
    const folder = temporaryFolder({ 'most.yaml': many(300), 'more.yaml': many(301) });
    const configureFile = (file: string) =>
      run(['webhook-configuration', '--policies', join(folder, file), '--url', 'https://a:1']);
    expect((await configureFile('most.yaml')).code).toBe(0);
    expect(await configureFile('more.yaml')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'token-injector: no entry for policy p99: A cluster has room for 300 policies: delete some, or join policies that go to the same pods.\n',
    });
  });
});
