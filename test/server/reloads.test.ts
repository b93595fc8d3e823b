import 'reflect-metadata';
import { X509Certificate, webcrypto } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { join } from 'node:path';
import { X509CertificateGenerator } from '@peculiar/x509';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { shownCertificate } from '../certificates/shown-certificate.ts';
import { issueDevelopmentCertificate } from '../../src/certificates/development.ts';
import { readPolicyFiles } from '../../src/policies/policy-files.ts';
import { readServingCertificate } from '../../src/certificates/serving-certificate.ts';
import { ServedCertificate } from '../../src/server/served-certificate.ts';
import { FilePolicies } from '../../src/server/file-policies.ts';
import { type Case, readCases } from '../case-folder.ts';
import { policyText, temporaryFolder } from '../runtime/temporary-folder.ts';
import { readinessOf } from './readiness.ts';
import { reviewOf, startWebhookUnderTest } from './webhook-under-test.ts';

const day = 24 * 60 * 60 * 1000;
const issue = (now = Date.now(), days = 90) =>
  issueDevelopmentCertificate(['localhost', '127.0.0.1'], new Date(now), days);

/** What a reloading part of the process says of itself: in the log, as metrics and at /readyz. */
function listen() {
  const logged: { level: string; message: string; problem?: string }[] = [];
  const keep = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, ...fields, message });
  const registry = new Registry();
  return {
    logged,
    registry,
    log: { info: keep('info'), warn: keep('warn'), error: keep('error') },
    metric: async (name: string) => {
      const text = await registry.metrics();
      return Number(new RegExp(`^token_injector_${name} (\\S+)$`, 'm').exec(text)?.[1]);
    },
    readiness: readinessOf,
  };
}

/** A pair without the names that it is for. */
async function issueWithoutNames() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost',
    keys,
    signingAlgorithm: algorithm,
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const pem = `-----BEGIN PRIVATE KEY-----\n${key.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  return { cert: made.toString('pem'), key: pem };
}

describe('a certificate', () => {
  async function serve() {
    const heard = listen();
    const first = await issue();
    let now = Date.now();
    const served = new ServedCertificate(
      readServingCertificate(first.cert, first.key),
      heard.log,
      () => new Date(now),
    );
    served.register(heard.registry);
    const pass = (ms: number) => void (now += ms);
    return { ...heard, first, served, pass };
  }
  const successful = 'certificate_last_reload_successful';

  it.each([
    ['garbage', async () => ({ cert: 'AIK_CANARY', key: 'AIK_CANARY' }), /cannot be read/],
    [
      'that is cut short',
      async () => ({ ...(await issue()), cert: '-----BEGIN CERTIFICATE-----\nMIIB' }),
      /cannot be read/,
    ],
    [
      'with the key of another',
      async () => ({ ...(await issue()), key: (await issue()).key }),
      /key/,
    ],
    ['with a key that is garbage', async () => ({ ...(await issue()), key: 'AIK_CANARY' }), /key/],
    ['that has expired', () => issue(Date.now() - 100 * day, 90), /expired/],
    ['that is not valid yet', () => issue(Date.now() + 3 * day), /is not valid before/],
    ['without subjectAltName', issueWithoutNames, /subjectAltName/],
    ['that is gone', () => Promise.reject(new Error('tls.crt: cannot be read: ENOENT')), /ENOENT/],
  ])('%s leaves the old one in service, and says so', async (_, next, problem) => {
    const { served, first, logged, metric, readiness } = await serve();
    const before = await metric('certificate_expiry_timestamp_seconds');
    await served.reload(next);
    expect(served.current?.cert).toBe(first.cert);
    expect(logged).toMatchObject([
      { level: 'error', message: 'certificate not loaded, the old one stays' },
    ]);
    expect(logged[0]!.problem).toMatch(problem);
    expect(await metric(successful)).toBe(0);
    expect(await metric('certificate_expiry_timestamp_seconds')).toBe(before);
    const until = served.current!.notAfter.toISOString();
    expect(await readiness(served.check)).toBe(
      `200 [+]certificate ok: not reloaded, the old one serves until ${until}: ${logged[0]!.problem}`,
    );
    expect(JSON.stringify(logged)).not.toContain('AIK_CANARY');
  });

  it('recovers by a good one, and by the old one that comes back', async () => {
    const { served, first, logged, metric, readiness } = await serve();
    const broken = async () => ({ cert: '', key: '' });
    const second = await issue();
    await served.reload(broken);
    await served.reload(async () => second);
    expect(served.current?.cert).toBe(second.cert);
    expect(await metric(successful)).toBe(1);
    expect(await readiness(served.check)).toBe('200 [+]certificate ok');
    await served.reload(broken);
    expect(await metric(successful)).toBe(0);
    await served.reload(async () => second);
    expect(await metric(successful)).toBe(1);
    await served.reload(async () => first);
    const [failed, loaded] = ['certificate not loaded, the old one stays', 'certificate loaded'];
    expect(logged.map(({ message }) => message)).toEqual([failed, loaded, failed, loaded, loaded]);
  });

  it('that is the same is not loaded again', async () => {
    const { served, first, logged } = await serve();
    await served.reload(async () => first);
    expect(logged).toEqual([]);
  });

  it('that nobody replaces makes the process unready once it has expired', async () => {
    const { served, pass, readiness } = await serve();
    pass(89 * day);
    expect(await readiness(served.check)).toBe('200 [+]certificate ok');
    pass(2 * day);
    const until = served.current!.notAfter.toISOString();
    expect(await readiness(served.check)).toBe(`503 [-]certificate failed: expired at ${until}`);
  });

  it('is tried again until it can be used, and logged once', async () => {
    const { served, logged } = await serve();
    const gone = () => Promise.reject(new Error('tls.crt: cannot be read: EMFILE'));
    expect([await served.reload(gone), await served.reload(gone)]).toEqual([false, false]);
    expect(logged).toHaveLength(1);
    const next = await issue();
    expect(await served.reload(async () => next)).toBe(true);
    expect(served.current?.cert).toBe(next.cert);
  });

  it('requires the same TLS version when it is replaced', async () => {
    const { served } = await serve();
    const contexts: object[] = [];
    served.attach({ setSecureContext: (options) => void contexts.push(options) });
    await served.reload(() => issue());
    expect(contexts).toEqual([expect.objectContaining({ minVersion: 'TLSv1.2' })]);
  });

  it('is shown to new connections at once, while those from before go on', async () => {
    const [{ set, pod }] = readCases() as [Case];
    const webhook = await startWebhookUnderTest(() => set);
    onTestFinished(() => webhook.close());
    const server = webhook.app.server as unknown as Server;
    const askedFrom = new Set<number | undefined>();
    server.on('request', ({ socket }) => askedFrom.add(socket.remotePort));
    const shown = () => shownCertificate(webhook.port);
    const ask = async () => {
      const review = JSON.stringify(reviewOf(pod));
      return (await webhook.post(`/mutate/${set.policies[0]!.name}`, review)).status;
    };

    const { served } = await serve();
    served.attach(server);
    expect(await ask()).toBe(200);
    for (const next of [await issue(), await issue()]) {
      await served.reload(async () => next);
      expect(await shown()).toBe(new X509Certificate(next.cert).fingerprint256);
      expect(await ask()).toBe(200);
    }
    const last = await shown();
    await served.reload(async () => ({ cert: 'garbage', key: 'garbage' }));
    expect(await shown()).toBe(last);
    expect(await ask()).toBe(200);
    expect(askedFrom.size).toBe(1);
  });
});

describe('policies', () => {
  async function serve() {
    const heard = listen();
    const folder = temporaryFolder({ 'a.yaml': policyText('one'), 'b.yaml': policyText('two') });
    const served = new FilePolicies((await readPolicyFiles([folder])).set, heard.log);
    served.register(heard.registry);
    return {
      ...heard,
      folder,
      served,
      write: (name: string, text: string) => writeFileSync(join(folder, name), text),
      names: () => served.current.policies.map(({ name }) => name),
      reload: () => served.reload(async () => (await readPolicyFiles([folder])).set),
    };
  }
  const successful = 'policies_last_reload_successful';

  it.each([
    ['broken YAML', { 'b.yaml': 'spec: [\n' }, /b\.yaml:\d+: /],
    [
      'a bad field',
      { 'b.yaml': policyText('two').replace('"secret"', '"secrets"') },
      /b\.yaml:1: /,
    ],
    ['a second policy of one name', { 'c.yaml': policyText('one') }, /c\.yaml:1: .*already/],
    ['empty files', { 'a.yaml': '', 'b.yaml': '# nothing\n' }, /no TokenPolicy found/],
    ['two problems', { 'a.yaml': 'kind: Pod\n', 'b.yaml': '{' }, /a\.yaml:1: .*[^]*b\.yaml:1: /],
  ])('with %s leave the old ones in force, and say so', async (_, files, problem) => {
    const { served, write, reload, names, logged, metric, readiness } = await serve();
    for (const [name, text] of Object.entries(files)) write(name, text);
    await reload();
    expect(names()).toEqual(['one', 'two']);
    expect(logged).toMatchObject([
      { level: 'error', message: 'policies not loaded, the old ones stay', policies: 2 },
    ]);
    expect(logged[0]!.problem).toMatch(problem);
    expect(await metric(successful)).toBe(0);
    expect(await metric('policies')).toBe(2);
    expect(await readiness(served.check)).toBe(
      `200 [+]policies ok: not reloaded, the old ones stay (2): ${logged[0]!.problem!.replaceAll('\n', '; ')}`,
    );
  });

  it('that are removed leave the old ones in force, and recover when they are back', async () => {
    const { served, folder, write, reload, names, logged, metric, readiness } = await serve();
    for (const name of ['a.yaml', 'b.yaml']) rmSync(join(folder, name));
    await reload();
    rmSync(folder, { recursive: true });
    await reload();
    expect(names()).toEqual(['one', 'two']);
    expect(logged.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('no TokenPolicy found'),
      expect.stringContaining('no such file or folder'),
    ]);
    mkdirSync(folder);
    write('c.yaml', policyText('three'));
    await reload();
    expect(names()).toEqual(['three']);
    expect(logged.at(-1)).toMatchObject({
      level: 'info',
      message: 'policies loaded',
      policies: ['three'],
    });
    expect(await metric(successful)).toBe(1);
    expect(await metric('policies')).toBe(1);
    expect(await readiness(served.check)).toBe('200 [+]policies ok');
  });
});
