import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { createAuthority } from '../cluster/credentials.ts';
import { root, run } from '../commands/program.ts';
import { operationsOf, startWebhook } from '../commands/running-webhook.ts';
import { startServer } from '../kube/local-server.ts';

/** Holds the package as npm unpacks it, far from any node_modules. */
let folder: string;
let packed: string[];
const bin = () => join(folder, 'package', packageJson.bin['token-injector']);
// The node that runs the tests, also for what asks for it by name.
const env = { PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };
const shell = (command: string, args: readonly string[], cwd: string) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  });

beforeAll(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'token-injector-bundle-'));
  shell(process.execPath, ['tools/build.ts'], root);
  const pack = ['pack', '--ignore-scripts', '--offline', '--pack-destination', folder];
  const tarball = shell('npm', pack, root).trim().split('\n').at(-1)!;
  packed = shell('tar', ['-tzf', tarball], folder).trim().split('\n');
  shell('tar', ['-xzf', tarball], folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package', () => {
  it('holds the program, examples, docs and what is said of it', () => {
    for (const file of [
      'package.json',
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'dist/token-injector.js',
      'examples/agent.yaml',
      'examples/application.yaml',
      'examples/agents/aikido-zen.yaml',
    ])
      expect(packed).toContain(`package/${file}`);
    expect(packed.some((file) => file.startsWith('package/docs/'))).toBe(true);
  });

  it('holds a program of 6 MB at most, which is what the image adds to its base', () => {
    const files = packed.filter((file) => file.startsWith('package/dist/'));
    const sizes = files.map((file) => statSync(join(folder, file)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(6_000_000);
    expect(files.filter((file) => !file.endsWith('.js'))).toEqual([]);
  });

  it('holds no client generated for every kind of Kubernetes, which would take a while to load', () => {
    const programs = packed.filter((file) => file.startsWith('package/dist/'));
    const texts = programs.map((file) => readFileSync(join(folder, file), 'utf8'));
    expect(texts.filter((text) => text.includes('V1CSIStorageCapacityList'))).toEqual([]);
  });

  it('holds no source, test, certificate or map, and no folder that it does not name', () => {
    const foreign = packed.filter((file) =>
      /^package\/(src|test|tools|bench|certs|node_modules)\/|\.(ts|map|pem|crt|key|tgz|log)$|\/\./.test(
        file,
      ),
    );
    expect(foreign).toEqual([]);
    const folders = packed.filter((file) => file.split('/').length > 2);
    const known = packageJson.files.map((file) => `package/${file}/`);
    expect(folders.filter((file) => !known.some((start) => file.startsWith(start)))).toEqual([]);
  });

  it('holds no private key, and no path of this machine', () => {
    const texts = packed.map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const);
    const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{16}/;
    const telling = texts.filter(([, text]) => text.includes(root) || key.test(text));
    expect(telling.map(([file]) => file)).toEqual([]);
  });
});

describe('the program of the package, without node_modules,', () => {
  it('is there alone', () => {
    const above = [];
    for (let at = dirname(bin()); at !== dirname(at); at = dirname(at)) above.push(at);
    expect(above.filter((at) => existsSync(join(at, 'node_modules')))).toEqual([]);
  });

  it('tells its version, also when it is started as npm links it', () => {
    const link = join(folder, 'token-injector');
    symlinkSync(bin(), link);
    expect(shell(link, ['--version'], folder)).toBe(`${packageJson.version}\n`);
  });

  it('is a plugin of kubectl, which completes its words by another name', () => {
    const { 'token-injector': _, ...plugins } = packageJson.bin;
    for (const [name, file] of Object.entries(plugins))
      symlinkSync(join(folder, 'package', file), join(folder, name));
    const version = shell(join(folder, 'kubectl-token_injector'), ['--version'], folder);
    expect(version).toBe(`${packageJson.version}\n`);
    const completed = join(folder, 'kubectl_complete-token_injector');
    expect(shell(completed, ['explain', 'deploy'], folder)).toBe('deployment\t\n:4\n');
  });

  it('previews a manifest as the source does', async () => {
    const args = ['preview', '--policies', 'examples/agents/aikido.yaml', 'examples/agent.yaml'];
    const bundled = await run(args, { file: bin(), cwd: join(folder, 'package') });
    expect(bundled).toEqual(await run(args));
    expect(bundled.code).toBe(0);
  });

  it('prints the registration as the source does', async () => {
    const args = ['webhook-configuration', '--policies', 'examples/agents/aikido.yaml'];
    const service = ['--service', 'token-injector/webhook'];
    const bundled = await run([...args, ...service], {
      file: bin(),
      cwd: join(folder, 'package'),
    });
    expect(bundled).toEqual(await run([...args, ...service]));
    expect(bundled.code).toBe(0);
  });

  it('shows an API server each kind of credential that a kubeconfig may name', async () => {
    const authority = await createAuthority('bundle');
    const server = await authority.server([{ type: 'ip', value: '127.0.0.1' }]);
    const ours = await authority.client('someone');
    const tls = { cert: server.certificate, key: server.key };
    const cluster = { 'certificate-authority-data': btoa(authority.certificate) };
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'of-a-file\n');
    const printed = JSON.stringify(JSON.stringify({ status: { token: 'of-a-plugin' } }));
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['--print', printed],
    };
    const seen = async (user: object, wanted: object = {}) => {
      const { kubeconfig, requests } = await startServer({
        tls: { ...tls, ...wanted },
        cluster,
        user: { ...user },
      });
      const args = ['explain', 'pod/a', '-n', 'ours'];
      await run(args, { file: bin(), cwd: folder, env: { KUBECONFIG: kubeconfig } });
      return requests[0]?.headers.authorization ?? `${requests.length} without a token`;
    };
    expect(await seen({ token: 'as-it-is' })).toBe('Bearer as-it-is');
    expect(await seen({ exec })).toBe('Bearer of-a-plugin');
    const provider = { name: 'tokenFile', config: { tokenFile } };
    expect(await seen({ 'auth-provider': provider })).toBe('Bearer of-a-file');
    const mustShow = { requestCert: true, rejectUnauthorized: true, ca: authority.certificate };
    const pair = {
      'client-certificate-data': btoa(ours.certificate),
      'client-key-data': btoa(ours.key),
    };
    expect(await seen(pair, mustShow)).toMatch(/^[1-9] without a token$/);
    expect(await seen({}, mustShow)).toBe('0 without a token');
  });

  it('serves the webhook, its health and its metrics, and drains', async () => {
    const webhook = await startWebhook({ file: bin() });
    try {
      expect(operationsOf(await webhook.ask())).toHaveLength(1);
      expect((await webhook.ask('no review')).status).toBe(400);
      expect((await webhook.ask(undefined, '/elsewhere')).status).toBe(404);
      expect((await webhook.page('/readyz')).status).toBe(200);
      expect((await webhook.page('/metrics')).text).toMatch(/^token_injector_policies 1$/m);
      webhook.signal('SIGTERM');
      expect(await webhook.ended).toBe('exit code 0');
      expect(webhook.logged().at(-1)).toMatchObject({ msg: 'webhook ended' });
    } finally {
      await webhook.close();
    }
  });

  it('demonstrates itself, with a certificate that it makes', async () => {
    const args = ['demo', '--once', '--port', '0', '--health-port', '0'];
    const { code, stdout, stderr } = await run(args, { file: bin(), cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^\+ +- name: AIKIDO_TOKEN$/gm)).toHaveLength(1);
  });

  it('tells what is wrong with flags and policies', async () => {
    const { code, stderr } = await run(['webhook', '--policies', 'absent', '--tls-self-signed'], {
      file: bin(),
      cwd: folder,
    });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'token-injector: absent: no such file or folder\n',
    });
  });
});
